// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf.spec;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Completes an object's BTF for the kernel. clang leaves out how long sections are and where their
 * variables lie, because only a linker knows; the kernel wants both, variables in order.
 */
final class BtfFixUp {
  private static final int FIRST_BYTES = 12;
  private static final int ITEM_BYTES = 12;

  private final ElfFile file;
  private final Btf types;
  private final Map<String, Map<String, ElfSymbol>> symbols = new HashMap<>();

  private record Item(int variable, int offset, int bytes) {}

  private BtfFixUp(ElfFile file, Btf types) {
    this.file = file;
    this.types = types;
    for (ElfSymbol symbol : file.symbols()) {
      if (symbol.isObject() && symbol.section() > 0 && symbol.section() < file.sections().size()) {
        symbols
            .computeIfAbsent(file.sections().get(symbol.section()).name(), _ -> new HashMap<>())
            .put(symbol.name(), symbol);
      }
    }
  }

  static byte[] complete(ElfFile file, Btf types) throws SpecException {
    BtfFixUp fixUp = new BtfFixUp(file, types);
    ByteBuffer blob = ByteBuffer.wrap(types.copy()).order(ByteOrder.LITTLE_ENDIAN);
    for (int id : types.dataSections()) {
      if (types.type(id) instanceof BtfType.DataSection section) {
        fixUp.complete(blob, types.offsetInBlob(id), section);
      }
    }
    return blob.array();
  }

  private void complete(ByteBuffer blob, int at, BtfType.DataSection section) throws SpecException {
    ElfSection place = file.section(section.name());
    if (place == null) {
      throw new SpecException(
          "reading BTF: it describes section '%s', which the object doesn't have; kernel symbols"
                  .formatted(section.name())
              + " and extern variables are not supported");
    }
    List<Item> items = new ArrayList<>();
    for (int i = 0; i < section.variables().size(); i++) {
      int item = at + FIRST_BYTES + i * ITEM_BYTES;
      items.add(item(section, blob.getInt(item), blob.getInt(item + 8)));
    }
    items.sort(Comparator.comparingInt(Item::offset));
    blob.putInt(at + 8, place.bytes());
    for (int i = 0; i < items.size(); i++) {
      int item = at + FIRST_BYTES + i * ITEM_BYTES;
      blob.putInt(item, items.get(i).variable());
      blob.putInt(item + 4, items.get(i).offset());
      blob.putInt(item + 8, items.get(i).bytes());
    }
  }

  private Item item(BtfType.DataSection section, int variable, int bytes) throws SpecException {
    String name = types.variableName(variable);
    ElfSymbol symbol = symbols.getOrDefault(section.name(), Map.of()).get(name);
    if (symbol == null || symbol.offset() < 0 || symbol.offset() > Integer.MAX_VALUE) {
      throw new SpecException(
          "reading BTF: variable '%s' of section %s has no symbol".formatted(name, section.name()));
    }
    return new Item(variable, (int) symbol.offset(), bytes);
  }
}
