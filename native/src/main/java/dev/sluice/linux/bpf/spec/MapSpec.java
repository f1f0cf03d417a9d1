// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf.spec;

import org.jspecify.annotations.Nullable;

/**
 * The blueprint of a map. Immutable.
 *
 * @param name as in C; for variables the section, such as {@code .rodata}
 * @param shape what it can hold
 * @param keyType the id of the keys' type in the object's BTF; 0 for none
 * @param valueType the id of the values' type in the object's BTF; 0 for none
 * @param pinnedByName true if the object asks for one map shared by everybody who loads it ({@code
 *     LIBBPF_PIN_BY_NAME})
 * @param inner what the maps are that are this map's values; null unless it is a map of maps
 */
public record MapSpec(
    String name,
    MapShape shape,
    int keyType,
    int valueType,
    boolean pinnedByName,
    @Nullable MapShape inner) {
  /** The same with another shape; the sizes of keys and values have to stay. */
  public MapSpec withShape(MapShape other) {
    if (other.keyBytes() != shape.keyBytes() || other.valueBytes() != shape.valueBytes()) {
      throw new IllegalArgumentException(
          "changing map " + name + ": keys and values keep their size, programs rely on it");
    }
    return new MapSpec(name, other, keyType, valueType, pinnedByName, inner);
  }
}
