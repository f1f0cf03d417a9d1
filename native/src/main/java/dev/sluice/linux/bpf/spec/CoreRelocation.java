// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf.spec;

/**
 * An instruction that depends on where the running kernel has a field ({@code struct
 * bpf_core_relo}). Immutable.
 *
 * @param instruction its index in the program
 * @param type the struct, as the program was compiled with it
 * @param access the way to the field: {@code 0:1:3} is the fourth member of the second member
 * @param kind {@link #BYTE_OFFSET} and so on
 */
public record CoreRelocation(int instruction, int type, String access, int kind) {
  /** {@code BPF_CORE_FIELD_BYTE_OFFSET}. */
  static final int BYTE_OFFSET = 0;

  /** {@code BPF_CORE_FIELD_BYTE_SIZE}. */
  static final int BYTE_SIZE = 1;

  /** {@code BPF_CORE_FIELD_EXISTS}. */
  static final int EXISTS = 2;

  CoreRelocation at(int index) {
    return new CoreRelocation(index, type, access, kind);
  }
}
