// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf.spec;

import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Reads one map from its BTF: a struct whose members say by their types what the map is. {@code
 * __uint(max_entries, 10)} is a pointer to an array of ten, {@code __type(key, T)} a pointer to a
 * T.
 */
final class MapReader {
  private static final int PIN_BY_NAME = 1;

  /** There are fewer words than that; each may refer to a large type. */
  private static final int MOST_MEMBERS = 16;

  private final Btf types;
  private final String map;
  private OptionalInt type = OptionalInt.empty();
  private OptionalInt keyBytes = OptionalInt.empty();
  private OptionalInt valueBytes = OptionalInt.empty();
  private int maxEntries;
  private int flags;
  private int keyType;
  private int valueType;
  private boolean pinnedByName;
  private @Nullable MapShape inner;

  private MapReader(Btf types, String map) {
    this.types = types;
    this.map = map;
  }

  static MapSpec read(Btf types, String map, int typeId) throws SpecException {
    MapReader reader = new MapReader(types, map);
    if (!(types.resolved(typeId) instanceof BtfType.Composite definition)) {
      throw new SpecException("reading map " + map + ": its type is no struct");
    }
    for (BtfType.Member member : reader.members(definition)) {
      reader.readMember(member);
    }
    return reader.finish();
  }

  private void readMember(BtfType.Member member) throws SpecException {
    switch (member.name()) {
      case "type" -> type = OptionalInt.of(number(member));
      case "max_entries" -> maxEntries = number(member);
      case "map_flags" -> flags = number(member);
      case "key_size" -> keyBytes = agreeing("key", keyBytes, number(member));
      case "value_size" -> valueBytes = agreeing("value", valueBytes, number(member));
      case "key" -> {
        keyType = target(member);
        keyBytes = agreeing("key", keyBytes, types.bytes(keyType));
      }
      case "value" -> {
        valueType = target(member);
        valueBytes = agreeing("value", valueBytes, types.bytes(valueType));
      }
      case "values" -> inner = innerShape(member);
      case "pinning" -> pinnedByName = isPinned(number(member));
      default ->
          throw new SpecException(
              "reading map %s: '%s' is not known here".formatted(map, member.name())
                  + ", expected type, max_entries, map_flags, key, value, key_size, value_size,"
                  + " values or pinning");
    }
  }

  private MapSpec finish() throws SpecException {
    if (type.isEmpty()) {
      throw new SpecException("reading map " + map + ": it has no type");
    }
    MapShape shape = shape();
    MapType known = MapType.of(shape.type());
    // Without both the kernel refuses either.
    boolean typed = known != null && known.takesTypes() && keyType != 0 && valueType != 0;
    return new MapSpec(map, shape, typed ? keyType : 0, typed ? valueType : 0, pinnedByName, inner);
  }

  private MapShape shape() {
    // The value of a map of maps is the number of a map.
    int value = valueBytes.orElse(inner == null ? 0 : Integer.BYTES);
    return new MapShape(type.orElse(0), keyBytes.orElse(0), value, maxEntries, flags);
  }

  /** {@code __array(values, T)}: an array without a length of pointers to the maps inside. */
  private MapShape innerShape(BtfType.Member member) throws SpecException {
    if (types.resolved(member.type()) instanceof BtfType.Array array
        && types.resolved(array.element()) instanceof BtfType.Pointer pointer
        && types.resolved(pointer.target()) instanceof BtfType.Composite definition) {
      MapReader reader = new MapReader(types, map + "'s values");
      for (BtfType.Member part : reader.members(definition)) {
        if (part.name().equals("values")) {
          throw new SpecException("reading map " + map + ": its values hold maps themselves");
        }
        reader.readMember(part);
      }
      return reader.finish().shape();
    }
    throw new SpecException("reading map " + map + ": 'values' is not written as __array of a map");
  }

  private List<BtfType.Member> members(BtfType.Composite definition) throws SpecException {
    if (definition.members().size() > MOST_MEMBERS) {
      throw new SpecException(
          "reading map %s: it is described by %d members, expected at most %d"
              .formatted(map, definition.members().size(), MOST_MEMBERS));
    }
    return definition.members();
  }

  private int number(BtfType.Member member) throws SpecException {
    if (types.resolved(target(member)) instanceof BtfType.Array array) {
      return array.count();
    }
    throw new SpecException(
        "reading map %s: '%s' is not written as __uint".formatted(map, member.name()));
  }

  private int target(BtfType.Member member) throws SpecException {
    if (types.resolved(member.type()) instanceof BtfType.Pointer pointer) {
      return pointer.target();
    }
    throw new SpecException(
        "reading map %s: '%s' is not written as __type or __uint".formatted(map, member.name()));
  }

  private OptionalInt agreeing(String what, OptionalInt before, int bytes) throws SpecException {
    if (before.isPresent() && before.getAsInt() != bytes) {
      throw new SpecException(
          "reading map %s: its %s has %d bytes and %d bytes"
              .formatted(map, what, before.getAsInt(), bytes));
    }
    return OptionalInt.of(bytes);
  }

  private boolean isPinned(int pinning) throws SpecException {
    if (pinning != 0 && pinning != PIN_BY_NAME) {
      throw new SpecException(
          "reading map %s: pinning is %d, expected 0 (none) or 1 (by name)"
              .formatted(map, pinning));
    }
    return pinning == PIN_BY_NAME;
  }
}
