// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf.spec;

/**
 * The BTF type of a function ({@code struct bpf_func_info}). Immutable.
 *
 * @param instruction the index of its first instruction
 * @param type its id
 */
record FunctionInfo(int instruction, int type) {
  /** The size of {@code struct bpf_func_info}. */
  static final int BYTES = 8;
}
