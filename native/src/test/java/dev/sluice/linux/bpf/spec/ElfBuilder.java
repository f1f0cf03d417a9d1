// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf.spec;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Writes object files that no compiler would. */
final class ElfBuilder {
  private static final int HEADER_BYTES = 64;

  private final List<byte[]> headers = new ArrayList<>();
  private final ByteArrayOutputStream contents = new ByteArrayOutputStream();
  private final ByteArrayOutputStream names = new ByteArrayOutputStream();
  private final ByteArrayOutputStream symbols = new ByteArrayOutputStream();

  ElfBuilder() {
    names.write(0);
    header("", 0, 0, 0, 0, 0);
    symbols.writeBytes(new byte[24]);
  }

  /** A section with content; its index. */
  int section(String name, byte[] content) {
    int offset = HEADER_BYTES + contents.size();
    contents.writeBytes(content);
    return header(name, ElfSection.PROGBITS, 3, offset, content.length, 0);
  }

  /** A section that claims bytes of the file that others have as well. */
  int overlapping(String name, int bytes) {
    return header(name, ElfSection.PROGBITS, 3, HEADER_BYTES, bytes, 0);
  }

  /** A section without content in the file. */
  int zeroed(String name, long bytes) {
    return header(name, ElfSection.NOBITS, 3, 0, bytes, 0);
  }

  void object(String name, int section, long offset, long bytes) {
    byte[] encoded = new byte[24];
    ByteBuffer symbol = little(encoded);
    symbol.putInt(name(name)).put((byte) (1 << 4 | ElfSymbol.OBJECT)).put((byte) 0);
    symbol.putShort((short) section).putLong(offset).putLong(bytes);
    symbols.writeBytes(encoded);
  }

  byte[] build() {
    int symbolsAt = HEADER_BYTES + contents.size();
    contents.writeBytes(symbols.toByteArray());
    int last = headers.size() + 1;
    header(".symtab", ElfSection.SYMTAB, 0, symbolsAt, symbols.size(), last);
    int nameOfNames = name(".strtab");
    int namesAt = HEADER_BYTES + contents.size();
    headers.add(encoded(nameOfNames, ElfSection.STRTAB, 0, namesAt, names.size(), 0));
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    file.writeBytes(fileHeader(namesAt + names.size(), last));
    file.writeBytes(contents.toByteArray());
    file.writeBytes(names.toByteArray());
    headers.forEach(file::writeBytes);
    return file.toByteArray();
  }

  private byte[] fileHeader(int tableAt, int nameSection) {
    byte[] encoded = new byte[HEADER_BYTES];
    ByteBuffer header = little(encoded);
    header.putInt(0x464c457f).put((byte) 2).put((byte) 1).put((byte) 1);
    header.putShort(16, (short) 1).putShort(18, (short) 247).putLong(40, tableAt);
    header.putShort(58, (short) 64).putShort(60, (short) headers.size());
    header.putShort(62, (short) nameSection);
    return encoded;
  }

  private int header(String name, int type, long flags, long offset, long bytes, int link) {
    headers.add(encoded(name(name), type, flags, offset, bytes, link));
    return headers.size() - 1;
  }

  private static byte[] encoded(int name, int type, long flags, long offset, long bytes, int link) {
    byte[] encoded = new byte[64];
    ByteBuffer header = little(encoded);
    header.putInt(name).putInt(type).putLong(flags).putLong(0).putLong(offset).putLong(bytes);
    header.putInt(link);
    return encoded;
  }

  private int name(String name) {
    int at = names.size();
    names.writeBytes(name.getBytes(StandardCharsets.UTF_8));
    names.write(0);
    return at;
  }

  private static ByteBuffer little(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
