// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf.spec;

/**
 * A function in a section of code.
 *
 * @param name its symbol
 * @param section where it is
 * @param first the index of its first instruction in the section
 * @param count how many instructions it has
 * @param program true if it is the entry of a program, and not called by others
 */
record CodeFunction(String name, ElfSection section, int first, int count, boolean program) {
  boolean holds(int instruction) {
    return instruction >= first && instruction - first < count;
  }

  /** Functions by where they begin. */
  record Place(int section, int instruction) {}

  Place place() {
    return new Place(section.index(), first);
  }
}
