// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf.spec;

/**
 * The blueprint of a map. Immutable.
 *
 * @param name as in C; for variables the section, such as {@code .rodata}
 * @param shape what it can hold
 * @param keyType the id of the keys' type in the object's BTF; 0 for none
 * @param valueType the id of the values' type in the object's BTF; 0 for none
 * @param pinnedByName true if the object asks for one map shared by everybody who loads it ({@code
 *     LIBBPF_PIN_BY_NAME})
 */
public record MapSpec(
    String name, MapShape shape, int keyType, int valueType, boolean pinnedByName) {
  /** The same with another shape; the sizes of keys and values have to stay. */
  public MapSpec withShape(MapShape other) {
    if (other.keyBytes() != shape.keyBytes() || other.valueBytes() != shape.valueBytes()) {
      throw new IllegalArgumentException(
          "changing map " + name + ": keys and values keep their size, programs rely on it");
    }
    return new MapSpec(name, other, keyType, valueType, pinnedByName);
  }
}
