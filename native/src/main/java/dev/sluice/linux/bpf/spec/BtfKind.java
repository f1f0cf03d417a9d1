// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf.spec;

/** The kinds of types of BTF, {@code BTF_KIND_*} of {@code linux/btf.h}. */
final class BtfKind {
  static final int INT = 1;
  static final int PTR = 2;
  static final int ARRAY = 3;
  static final int STRUCT = 4;
  static final int UNION = 5;
  static final int ENUM = 6;
  static final int FWD = 7;
  static final int TYPEDEF = 8;
  static final int VOLATILE = 9;
  static final int CONST = 10;
  static final int RESTRICT = 11;
  static final int FUNC = 12;
  static final int FUNC_PROTO = 13;
  static final int VAR = 14;
  static final int DATASEC = 15;
  static final int FLOAT = 16;
  static final int DECL_TAG = 17;
  static final int TYPE_TAG = 18;
  static final int ENUM64 = 19;

  private BtfKind() {}

  static int of(int info) {
    return info >>> 24 & 0x1f;
  }

  /** How many members, parameters or variables follow. */
  static int items(int info) {
    return info & 0xffff;
  }

  /** What follows the first 12 bytes of a type. */
  static long extraBytes(int info, int id) throws SpecException {
    int items = items(info);
    return switch (of(info)) {
      case PTR, FWD, TYPEDEF, VOLATILE, CONST, RESTRICT, FUNC, FLOAT, TYPE_TAG -> 0;
      case INT, VAR, DECL_TAG -> 4;
      case ARRAY -> 12;
      case STRUCT, UNION, DATASEC, ENUM64 -> 12L * items;
      case ENUM, FUNC_PROTO -> 8L * items;
      default ->
          throw new SpecException(
              "reading BTF type %d: its kind is %d, expected %d to %d"
                  .formatted(id, of(info), INT, ENUM64));
    };
  }
}
