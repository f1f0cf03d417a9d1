// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf.spec;

import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Section {@code .BTF.ext}: the types of functions, the source lines and the CO-RE relocations of
 * each section of code, by the instruction's index in its section: one of each for an instruction.
 * Immutable.
 *
 * @param functions by section
 * @param lines by section
 * @param relocations by section
 */
record BtfExt(
    Map<String, NavigableMap<Integer, FunctionInfo>> functions,
    Map<String, NavigableMap<Integer, LineInfo>> lines,
    Map<String, NavigableMap<Integer, CoreRelocation>> relocations) {
  private static final int MAGIC = 0xeb9f;
  private static final int HEADER_WITH_RELOCATIONS = 32;
  private static final int LARGEST_RECORD = 4096;

  /** One record of a table. */
  private interface Decoder<T> {
    T decode(ByteWindow record, int instruction) throws SpecException;
  }

  static BtfExt parse(@Nullable ByteWindow blob, Btf types) throws SpecException {
    if (blob == null) {
      return new BtfExt(Map.of(), Map.of(), Map.of());
    }
    if (blob.u16(0) != MAGIC || blob.u8(2) != 1) {
      throw new SpecException(
          "reading %s: it begins with %#x and version %d, expected little-endian BTF of version 1"
              .formatted(blob.what(), blob.u16(0), blob.u8(2)));
    }
    boolean hasRelocations = blob.u32(4) >= HEADER_WITH_RELOCATIONS;
    return new BtfExt(
        table(blob, 8, FunctionInfo.BYTES, types, BtfExt::function),
        table(blob, 16, LineInfo.BYTES, types, BtfExt::line),
        hasRelocations
            ? table(blob, 24, 16, types, (record, at) -> relocation(record, at, types))
            : Map.of());
  }

  private static FunctionInfo function(ByteWindow record, int at) throws SpecException {
    return new FunctionInfo(at, record.i32(4));
  }

  private static LineInfo line(ByteWindow record, int at) throws SpecException {
    return new LineInfo(at, record.i32(4), record.i32(8), record.i32(12));
  }

  private static CoreRelocation relocation(ByteWindow record, int at, Btf types)
      throws SpecException {
    return new CoreRelocation(at, record.i32(4), types.text(record.u32(8)), record.i32(12));
  }

  private static <T> Map<String, NavigableMap<Integer, T>> table(
      ByteWindow blob, int header, int leastBytes, Btf types, Decoder<T> decoder)
      throws SpecException {
    Map<String, NavigableMap<Integer, T>> found = new HashMap<>();
    ByteWindow table =
        blob.slice("a table of .BTF.ext", blob.u32(4) + blob.u32(header), blob.u32(header + 4));
    if (table.length() == 0) {
      return found;
    }
    long recordBytes = table.u32(0);
    if (recordBytes < leastBytes || recordBytes > LARGEST_RECORD) {
      throw new SpecException(
          "reading .BTF.ext: records of %d bytes, expected %d or a little more"
              .formatted(recordBytes, leastBytes));
    }
    long next = 4;
    while (next < table.length()) {
      String section = types.text(table.u32(next));
      long count = table.u32(next + 4);
      ByteWindow records = table.slice("records of " + section, next + 8, count * recordBytes);
      NavigableMap<Integer, T> inSection = found.computeIfAbsent(section, _ -> new TreeMap<>());
      for (long i = 0; i < count; i++) {
        ByteWindow record = records.slice("a record", i * recordBytes, recordBytes);
        int at = instruction(record);
        inSection.put(at, decoder.decode(record, at));
      }
      next += 8 + count * recordBytes;
    }
    return found;
  }

  /** The file counts bytes, the kernel instructions. */
  private static int instruction(ByteWindow record) throws SpecException {
    long offset = record.u32(0);
    if (offset % Instructions.BYTES != 0) {
      throw new SpecException(
          "reading .BTF.ext: a record for byte %d, which is not the beginning of an instruction"
              .formatted(offset));
    }
    return (int) (offset / Instructions.BYTES);
  }
}
