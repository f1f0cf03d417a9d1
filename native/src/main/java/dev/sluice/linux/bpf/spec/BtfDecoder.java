// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf.spec;

import java.util.ArrayList;
import java.util.List;

/** Turns the bytes of one BTF type into a {@link BtfType}. */
final class BtfDecoder {
  private static final int ITEM_BYTES = 12;

  /** Set in a struct whose members hold their size as a bit-field beside their offset. */
  private static final int KIND_FLAG = 1 << 31;

  private final ByteWindow types;
  private final ByteWindow texts;
  private final int at;
  private final int info;

  private BtfDecoder(ByteWindow types, ByteWindow texts, int at) throws SpecException {
    this.types = types;
    this.texts = texts;
    this.at = at;
    this.info = types.i32(at + 4L);
  }

  static BtfType decode(ByteWindow types, ByteWindow texts, int at) throws SpecException {
    return new BtfDecoder(types, texts, at).decode();
  }

  private BtfType decode() throws SpecException {
    int sizeOrType = types.i32(at + 8L);
    return switch (BtfKind.of(info)) {
      case BtfKind.INT, BtfKind.ENUM, BtfKind.FLOAT, BtfKind.ENUM64 ->
          new BtfType.Scalar(name(), checkedBytes(sizeOrType));
      case BtfKind.PTR -> new BtfType.Pointer(sizeOrType);
      case BtfKind.ARRAY -> new BtfType.Array(types.i32(at + 12L), types.i32(at + 20L));
      case BtfKind.STRUCT -> composite(false, sizeOrType);
      case BtfKind.UNION -> composite(true, sizeOrType);
      case BtfKind.FWD -> new BtfType.Forward(name());
      case BtfKind.TYPEDEF, BtfKind.VOLATILE, BtfKind.CONST, BtfKind.RESTRICT, BtfKind.TYPE_TAG ->
          new BtfType.Modifier(name(), sizeOrType);
      case BtfKind.FUNC -> new BtfType.Function(name(), sizeOrType);
      case BtfKind.FUNC_PROTO -> new BtfType.Prototype();
      case BtfKind.VAR -> new BtfType.Variable(name(), sizeOrType);
      case BtfKind.DATASEC -> dataSection();
      case BtfKind.DECL_TAG -> new BtfType.Tag(name());
      default -> throw new SpecException("reading BTF: kind " + BtfKind.of(info));
    };
  }

  private BtfType composite(boolean union, int bytes) throws SpecException {
    int count = BtfKind.items(info);
    List<BtfType.Member> members = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      long item = at + 12L + (long) i * ITEM_BYTES;
      int offset = types.i32(item + 8);
      boolean packed = (info & KIND_FLAG) != 0;
      members.add(
          new BtfType.Member(
              texts.name(types.u32(item)),
              types.i32(item + 4),
              packed ? offset & 0xffffff : offset,
              packed ? offset >>> 24 : 0));
    }
    return new BtfType.Composite(name(), union, checkedBytes(bytes), List.copyOf(members));
  }

  private BtfType dataSection() throws SpecException {
    int count = BtfKind.items(info);
    List<Integer> variables = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      variables.add(types.i32(at + 12L + (long) i * ITEM_BYTES));
    }
    return new BtfType.DataSection(name(), List.copyOf(variables));
  }

  private int checkedBytes(int bytes) throws SpecException {
    if (bytes < 0) {
      throw new SpecException(
          "reading BTF type '%s': it has %s bytes"
              .formatted(name(), Integer.toUnsignedString(bytes)));
    }
    return bytes;
  }

  private String name() throws SpecException {
    return texts.name(types.u32(at));
  }
}
