// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf.spec;

/**
 * A place in a section where an address is missing.
 *
 * @param offset of the instruction in bytes
 * @param type {@link #ADDRESS} or {@link #CALL}
 * @param symbol whose address it is
 */
record ElfRelocation(long offset, int type, ElfSymbol symbol) {
  /** {@code R_BPF_64_64}: a 64-bit load of an address. */
  static final int ADDRESS = 1;

  /** {@code R_BPF_64_32}: a call. */
  static final int CALL = 10;
}
