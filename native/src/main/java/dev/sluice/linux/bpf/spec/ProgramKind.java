// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf.spec;

import java.util.Optional;

/**
 * What the name of a section says about the program in it. The names are those of libbpf's table,
 * which other loaders share. Immutable.
 *
 * @param type the type of program
 * @param attachType where it is to be attached; empty for a program that is only run as a test
 * @param target what an iterator walks, such as {@code bpf_sk_storage_map}, or the name of a raw
 *     tracepoint; else empty
 */
public record ProgramKind(ProgramType type, Optional<AttachType> attachType, String target) {
  private static final String RAW_TRACEPOINT = "raw_tp/";
  private static final String ITERATOR = AttachType.TRACE_ITER.section() + "/";

  /** A program for that place. */
  public static ProgramKind of(AttachType attachType) {
    return new ProgramKind(attachType.programType(), Optional.of(attachType), "");
  }

  static ProgramKind ofSection(String section) throws SpecException {
    if (section.startsWith(ITERATOR)) {
      return new ProgramKind(
          ProgramType.TRACING,
          Optional.of(AttachType.TRACE_ITER),
          section.substring(ITERATOR.length()));
    }
    if (section.startsWith(RAW_TRACEPOINT)) {
      return new ProgramKind(
          ProgramType.RAW_TRACEPOINT, Optional.empty(), section.substring(RAW_TRACEPOINT.length()));
    }
    if (section.equals("socket")) {
      return new ProgramKind(ProgramType.SOCKET_FILTER, Optional.empty(), "");
    }
    for (AttachType candidate : AttachType.values()) {
      if (candidate.section().equals(section) && candidate != AttachType.TRACE_ITER) {
        return of(candidate);
      }
    }
    throw new SpecException(
        "reading section '"
            + section
            + "': no kind of program is known by that name, expected one like cgroup/connect4,"
            + " sockops, sk_lookup or iter/bpf_sk_storage_map");
  }
}
