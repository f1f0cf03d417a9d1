// SPDX-License-Identifier: Apache-2.0
package dev.sluice.doctor;

import java.nio.file.Path;
import java.util.List;

/**
 * Who is attached to one hook of one cgroup. Immutable.
 *
 * @param hook as bpftool(8) calls it, such as {@code connect4}
 * @param cgroup its folder
 * @param sharing how others may come to it
 * @param order the programs in the order in which they run
 */
public record HookFacts(String hook, Path cgroup, Sharing sharing, List<AttachedProgram> order) {
  /** How what is attached lets others in; {@code BPF_F_*} of linux/bpf.h. */
  public enum Sharing {
    /** Others run beside it. */
    MULTI("BPF_F_ALLOW_MULTI"),
    /** One on a cgroup below takes its place. */
    OVERRIDE("BPF_F_ALLOW_OVERRIDE"),
    /** Nobody, here and below. */
    EXCLUSIVE("no flag: exclusive");

    private final String text;

    Sharing(String text) {
      this.text = text;
    }

    /** For people. */
    public String text() {
      return text;
    }
  }

  /** Copies the list. */
  public HookFacts {
    order = List.copyOf(order);
  }
}
