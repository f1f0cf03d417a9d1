// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf.spec;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The blueprint of a program: its code with the functions that it calls, and what has to be filled
 * in before the kernel takes it. Immutable.
 */
public final class ProgramSpec {
  private final String name;
  private final String section;
  private final ProgramKind kind;
  private final LinkedCode code;
  private final Btf types;

  ProgramSpec(String name, String section, ProgramKind kind, LinkedCode code, Btf types) {
    this.name = name;
    this.section = section;
    this.kind = kind;
    this.code = code;
    this.types = types;
  }

  /** Its name in C. */
  public String name() {
    return name;
  }

  /** The section that it came from, such as {@code cgroup/connect4}. */
  public String section() {
    return section;
  }

  /** What the section's name says about it. */
  public ProgramKind kind() {
    return kind;
  }

  /** A copy of its instructions, to be patched for one load. */
  public Instructions instructions() {
    return code.instructions().copy();
  }

  /** The loads that need a map. */
  public List<Reference> references() {
    return code.references();
  }

  /** The names of the maps that it uses, sections of variables among them. */
  public Set<String> maps() {
    return code.references().stream().map(Reference::map).collect(Collectors.toUnmodifiableSet());
  }

  /** The instructions that need the place of a kernel's field; most programs have none. */
  public List<CoreRelocation> relocations() {
    return code.relocations();
  }

  /** {@code struct bpf_func_info}s for the kernel. */
  public byte[] functionInfo() {
    return code.encodedFunctions();
  }

  /** {@code struct bpf_line_info}s for the kernel. */
  public byte[] lineInfo() {
    return code.encodedLines();
  }

  /** The source line that an instruction comes from, if the object says. */
  public Optional<SourceLine> source(int instruction) {
    LineInfo line = code.lineOf(instruction);
    if (line == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new SourceLine(
              types.text(Integer.toUnsignedLong(line.file())),
              line.line(),
              types.sourceText(Integer.toUnsignedLong(line.text())).strip()));
    } catch (SpecException e) {
      // A damaged line table must not hide the error that a line was wanted for.
      return Optional.empty();
    }
  }

  @Override
  public String toString() {
    return name + " (" + section + ")";
  }
}
