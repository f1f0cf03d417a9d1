// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf.spec;

/**
 * A section of an object file.
 *
 * @param index its number in the file
 * @param name such as {@code cgroup/connect4} or {@code .maps}
 * @param type {@code SHT_PROGBITS} and so on
 * @param flags {@code SHF_EXECINSTR} and so on
 * @param link another section's index; of symbols, that of their names
 * @param target of a relocation section, the section that it applies to
 * @param bytes how many it has when loaded
 * @param content what the file holds of it; empty for {@code SHT_NOBITS}
 */
record ElfSection(
    int index,
    String name,
    int type,
    long flags,
    int link,
    int target,
    int bytes,
    ByteWindow content) {
  static final int PROGBITS = 1;
  static final int SYMTAB = 2;
  static final int STRTAB = 3;
  static final int RELA = 4;
  static final int NOBITS = 8;
  static final int REL = 9;

  private static final long EXECUTABLE = 4;

  boolean holdsCode() {
    return type == PROGBITS && (flags & EXECUTABLE) != 0 && bytes > 0;
  }

  /** True for the sections that become array maps: constants, variables, zeroed variables. */
  boolean holdsVariables() {
    return isOrBelow(".rodata") || isOrBelow(".data") || isOrBelow(".bss");
  }

  boolean isConstant() {
    return isOrBelow(".rodata");
  }

  private boolean isOrBelow(String prefix) {
    return name.equals(prefix) || name.startsWith(prefix + ".");
  }
}
