// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf.spec;

/**
 * A symbol of an object file.
 *
 * @param name empty for a section's own symbol
 * @param type {@code STT_FUNC} and so on
 * @param local true if it is not seen outside its file ({@code static} in C)
 * @param section the index of its section; 0 if it is defined elsewhere
 * @param offset from the beginning of its section in bytes
 * @param bytes its size
 */
record ElfSymbol(String name, int type, boolean local, int section, long offset, long bytes) {
  static final int OBJECT = 1;
  static final int FUNCTION = 2;
  static final int SECTION = 3;

  boolean isFunction() {
    return type == FUNCTION;
  }

  boolean isObject() {
    return type == OBJECT;
  }
}
