// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf.spec;

import java.util.ArrayList;
import java.util.List;

/**
 * What a map can hold; two maps with one shape can stand for each other. Immutable.
 *
 * @param type the {@code enum bpf_map_type}; a number, since a foreign map may be of a type that
 *     {@link MapType} doesn't know
 * @param keyBytes the size of a key; 0 for a ring buffer
 * @param valueBytes the size of a value; 0 for a ring buffer
 * @param maxEntries the most entries; for a ring buffer its size in bytes; 0 for socket storage
 * @param flags {@code BPF_F_*} of map creation
 */
public record MapShape(int type, int keyBytes, int valueBytes, int maxEntries, int flags) {
  /** {@code BPF_F_RDONLY_PROG}: programs may not write. Since Linux 5.2. */
  public static final int READ_ONLY_FOR_PROGRAMS = 1 << 7;

  /** A shape of a known type. */
  public static MapShape of(MapType type, int keyBytes, int valueBytes, int maxEntries, int flags) {
    return new MapShape(type.number(), keyBytes, valueBytes, maxEntries, flags);
  }

  /** The same with room for another number of entries. */
  public MapShape withMaxEntries(int entries) {
    return new MapShape(type, keyBytes, valueBytes, entries, flags);
  }

  /** What differs, such as {@code max_entries: 10 pinned, 20 wanted}; empty if nothing does. */
  public List<String> differences(MapShape wanted, String here) {
    List<String> found = new ArrayList<>();
    if (type != wanted.type) {
      found.add("type: " + typeName(type) + " " + here + ", " + typeName(wanted.type) + " wanted");
    }
    compare(found, "key_size", keyBytes, wanted.keyBytes, here);
    compare(found, "value_size", valueBytes, wanted.valueBytes, here);
    compare(found, "max_entries", maxEntries, wanted.maxEntries, here);
    compare(found, "map_flags", flags, wanted.flags, here);
    return found;
  }

  private static void compare(List<String> found, String field, int is, int wanted, String here) {
    if (is != wanted) {
      found.add(
          "%s: %s %s, %s wanted"
              .formatted(
                  field, Integer.toUnsignedString(is), here, Integer.toUnsignedString(wanted)));
    }
  }

  private static String typeName(int type) {
    MapType known = MapType.of(type);
    return known == null ? "type " + type : known.name();
  }
}
