// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf.spec;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * Type information in the <a href="https://docs.kernel.org/bpf/btf.html">BPF Type Format</a>: of an
 * object file, or of the running kernel ({@code /sys/kernel/btf/vmlinux}, some 5 MiB). Types are
 * decoded when asked for; only their places are kept. Immutable.
 */
public final class Btf {
  private static final int MAGIC = 0xeb9f;
  private static final int TYPE_BYTES = 12;

  /** Deeper chains of modifiers or arrays are not written by hand; a loop would be endless. */
  private static final int DEEPEST = 32;

  private final ByteWindow whole;
  private final ByteWindow types;
  private final ByteWindow texts;
  private final int[] places;
  private final List<Integer> dataSections;

  private Btf(ByteWindow whole, ByteWindow types, ByteWindow texts, int[] places)
      throws SpecException {
    this.whole = whole;
    this.types = types;
    this.texts = texts;
    this.places = places;
    this.dataSections = new ArrayList<>();
    for (int id = 1; id <= places.length; id++) {
      if (kind(places[id - 1]) == BtfKind.DATASEC) {
        dataSections.add(id);
      }
    }
  }

  /**
   * Reads a whole BTF blob, of which it keeps the array.
   *
   * @throws SpecException if it is damaged or has kinds of types that are not known here
   */
  public static Btf parse(byte[] blob) throws SpecException {
    return parse(ByteWindow.of("BTF", blob));
  }

  static Btf parse(ByteWindow blob) throws SpecException {
    if (blob.u16(0) != MAGIC || blob.u8(2) != 1) {
      throw new SpecException(
          "reading %s: it begins with %#x and version %d, expected little-endian BTF of version 1"
              .formatted(blob.what(), blob.u16(0), blob.u8(2)));
    }
    long header = blob.u32(4);
    ByteWindow types = blob.slice("the types of BTF", header + blob.u32(8), blob.u32(12));
    ByteWindow texts = blob.slice("the texts of BTF", header + blob.u32(16), blob.u32(20));
    return new Btf(blob, types, texts, index(types));
  }

  /** How many types there are; ids go from 1 to this. */
  public int count() {
    return places.length;
  }

  /**
   * The type of that id.
   *
   * @throws SpecException if there is none, or it is damaged
   */
  public BtfType type(int id) throws SpecException {
    return id == 0 ? new BtfType.Nothing() : BtfDecoder.decode(types, texts, place(id));
  }

  /** The type behind typedefs, const and so on. */
  public BtfType resolved(int id) throws SpecException {
    return type(resolvedId(id));
  }

  /** The id behind typedefs, const and so on. */
  public int resolvedId(int id) throws SpecException {
    int current = id;
    for (int depth = 0; depth < DEEPEST; depth++) {
      if (!(type(current) instanceof BtfType.Modifier modifier)) {
        return current;
      }
      current = modifier.target();
    }
    throw new SpecException(
        "reading BTF type %d: more than %d typedefs and qualifiers in a row"
            .formatted(id, DEEPEST));
  }

  /**
   * The size of a value of that type in bytes.
   *
   * @throws SpecException if it has none (void, a function), or more than 2 GiB
   */
  public int bytes(int id) throws SpecException {
    long factor = 1;
    int current = id;
    for (int depth = 0; depth < DEEPEST; depth++) {
      BtfType type = resolved(current);
      if (!(type instanceof BtfType.Array array)) {
        return checkedSize(id, factor * sizeOf(id, type));
      }
      factor = checkedSize(id, factor * Integer.toUnsignedLong(array.count()));
      current = array.element();
    }
    throw new SpecException(
        "reading BTF type %d: an array of more than %d dimensions".formatted(id, DEEPEST));
  }

  /** The first function of that name, such as {@code bpf_iter_bpf_sk_storage_map}. */
  public OptionalInt function(String name) throws SpecException {
    byte[] utf8 = name.getBytes(StandardCharsets.UTF_8);
    for (int id = 1; id <= places.length; id++) {
      if (kind(places[id - 1]) == BtfKind.FUNC && isNamed(id, utf8)) {
        return OptionalInt.of(id);
      }
    }
    return OptionalInt.empty();
  }

  /** The ids of all structs and unions of that name with content; a kernel may have several. */
  public List<Integer> composites(String name) throws SpecException {
    List<Integer> found = new ArrayList<>();
    byte[] utf8 = name.getBytes(StandardCharsets.UTF_8);
    for (int id = 1; id <= places.length; id++) {
      int kind = kind(places[id - 1]);
      if ((kind == BtfKind.STRUCT || kind == BtfKind.UNION) && isNamed(id, utf8)) {
        found.add(id);
      }
    }
    return found;
  }

  /** The type that describes a section with variables, if there is one. */
  OptionalInt dataSection(String name) throws SpecException {
    byte[] utf8 = name.getBytes(StandardCharsets.UTF_8);
    for (int id : dataSections) {
      if (isNamed(id, utf8)) {
        return OptionalInt.of(id);
      }
    }
    return OptionalInt.empty();
  }

  /** The ids of all types that describe sections. */
  List<Integer> dataSections() {
    return dataSections;
  }

  /** The types of a section's variables, by the variables' names. */
  Map<String, Integer> variables(String section) throws SpecException {
    Map<String, Integer> found = new HashMap<>();
    OptionalInt id = dataSection(section);
    if (id.isPresent() && type(id.getAsInt()) instanceof BtfType.DataSection variables) {
      for (int variable : variables.variables()) {
        found.put(variableName(variable), types.i32(place(variable) + 8L));
      }
    }
    return found;
  }

  /** The name of a variable, found without decoding what else the id may stand for. */
  String variableName(int id) throws SpecException {
    int place = place(id);
    if (kind(place) != BtfKind.VAR) {
      throw new SpecException(
          "reading BTF type %d: its kind is %d, expected a variable".formatted(id, kind(place)));
    }
    return texts.name(types.u32(place));
  }

  /** Text at an offset of the table of texts. */
  String text(long offset) throws SpecException {
    return texts.name(offset);
  }

  /** A source line is longer than a name may be; the kernel has no limit. */
  String sourceText(long offset) throws SpecException {
    return texts.text(offset, 1 << 16);
  }

  /** The blob as it was read. */
  byte[] copy() {
    return whole.copy();
  }

  /** Where the type of that id begins in the blob. */
  int offsetInBlob(int id) throws SpecException {
    return Math.toIntExact(whole.u32(4) + whole.u32(8)) + place(id);
  }

  private boolean isNamed(int id, byte[] utf8) throws SpecException {
    return texts.holdsText(types.u32(places[id - 1]), utf8);
  }

  private int kind(int place) throws SpecException {
    return BtfKind.of(types.i32(place + 4L));
  }

  private int place(int id) throws SpecException {
    if (id < 1 || id > places.length) {
      throw new SpecException(
          "reading BTF: type %s of %d is asked for"
              .formatted(Integer.toUnsignedString(id), places.length));
    }
    return places[id - 1];
  }

  private static int sizeOf(int id, BtfType type) throws SpecException {
    return switch (type) {
      case BtfType.Scalar scalar -> scalar.bytes();
      case BtfType.Composite composite -> composite.bytes();
      case BtfType.Pointer _ -> Long.BYTES;
      case BtfType.Nothing _,
          BtfType.Array _,
          BtfType.Forward _,
          BtfType.Modifier _,
          BtfType.Function _,
          BtfType.Prototype _,
          BtfType.Variable _,
          BtfType.DataSection _,
          BtfType.Tag _ ->
          throw new SpecException("reading BTF type %d: it has no size".formatted(id));
    };
  }

  private static int checkedSize(int id, long bytes) throws SpecException {
    if (bytes < 0 || bytes > Integer.MAX_VALUE) {
      throw new SpecException("reading BTF type %d: it has more than 2 GiB".formatted(id));
    }
    return (int) bytes;
  }

  private static int[] index(ByteWindow types) throws SpecException {
    int[] places = new int[types.length() / TYPE_BYTES];
    int count = 0;
    int at = 0;
    while (at < types.length()) {
      int info = types.i32(at + 4L);
      places[count++] = at;
      long next = (long) at + TYPE_BYTES + BtfKind.extraBytes(info, count);
      if (next > types.length()) {
        throw new SpecException("reading BTF type %d: it ends behind the types".formatted(count));
      }
      at = (int) next;
    }
    int[] exact = new int[count];
    System.arraycopy(places, 0, exact, 0, count);
    return exact;
  }
}
