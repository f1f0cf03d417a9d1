// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf.spec;

/**
 * Where an instruction comes from ({@code struct bpf_line_info}). Immutable.
 *
 * @param instruction the index of the first instruction of the line
 * @param file of its name among the texts of BTF
 * @param text of the source line among the texts of BTF
 * @param lineAndColumn the line number times 1,024 plus the column
 */
record LineInfo(int instruction, int file, int text, int lineAndColumn) {
  /** The size of {@code struct bpf_line_info}. */
  static final int BYTES = 16;

  LineInfo at(int index) {
    return new LineInfo(index, file, text, lineAndColumn);
  }

  int line() {
    return lineAndColumn >>> 10;
  }
}
