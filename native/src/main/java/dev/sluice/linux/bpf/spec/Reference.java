// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf.spec;

/** A 64-bit load whose value is known once the maps exist. Immutable. */
public sealed interface Reference {
  /** The index of the instruction in its program. */
  int instruction();

  /** The name of the map. */
  String map();

  /**
   * Of a map itself.
   *
   * @param instruction the index of the load
   * @param map its name
   */
  record ToMap(int instruction, String map) implements Reference {}

  /**
   * Of a variable.
   *
   * @param instruction the index of the load
   * @param map the section that holds the variable, such as {@code .rodata}
   * @param offset where in the section, in bytes
   */
  record ToVariable(int instruction, String map, int offset) implements Reference {}
}
