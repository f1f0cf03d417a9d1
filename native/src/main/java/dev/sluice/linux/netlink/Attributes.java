// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.netlink;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Netlink attributes ({@code struct nlattr}) being written, one after the other. Netfilter's
 * numbers are in network order; lengths and types in the machine's. Confined to one thread.
 */
final class Attributes {
  private static final int HEADER_BYTES = 4;
  private static final int NESTED = 0x8000;
  private static final int TYPE_MASK = 0x3fff;

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  Attributes text(int type, String value) {
    return raw(type, (value + "\0").getBytes(StandardCharsets.UTF_8));
  }

  Attributes number(int type, int value) {
    return raw(type, ByteBuffer.allocate(Integer.BYTES).putInt(value).array());
  }

  Attributes nested(int type, Consumer<Attributes> content) {
    Attributes inside = new Attributes();
    content.accept(inside);
    return raw(type | NESTED, inside.toBytes());
  }

  Attributes raw(int type, byte[] value) {
    byte[] padded = new byte[HEADER_BYTES + ((value.length + 3) & ~3)];
    ByteBuffer.wrap(padded)
        .order(ByteOrder.nativeOrder())
        .putShort((short) (HEADER_BYTES + value.length))
        .putShort((short) type)
        .put(value);
    bytes.writeBytes(padded);
    return this;
  }

  byte[] toBytes() {
    return bytes.toByteArray();
  }

  /**
   * Splits what the kernel wrote; of a type that stands twice, the last.
   *
   * @throws IOException if a length leads out of it
   */
  static Map<Integer, ByteBuffer> parse(ByteBuffer from) throws IOException {
    Map<Integer, ByteBuffer> found = new HashMap<>();
    ByteBuffer all = from.duplicate().order(ByteOrder.nativeOrder());
    int at = 0;
    while (all.limit() - at >= HEADER_BYTES) {
      int length = all.getShort(at) & 0xffff;
      if (length < HEADER_BYTES || length > all.limit() - at) {
        throw new IOException(
            "reading a netlink attribute of %d bytes at %d of %d: expected %d to %d"
                .formatted(length, at, all.limit(), HEADER_BYTES, all.limit() - at));
      }
      found.put(
          all.getShort(at + 2) & TYPE_MASK,
          all.slice(at + HEADER_BYTES, length - HEADER_BYTES).order(ByteOrder.BIG_ENDIAN));
      at += (length + 3) & ~3;
    }
    return found;
  }

  /** A text that the kernel ended by a zero byte. */
  static String text(ByteBuffer value) {
    byte[] content = new byte[value.limit()];
    value.get(0, content);
    int length = content.length;
    while (length > 0 && content[length - 1] == 0) {
      length--;
    }
    return new String(content, 0, length, StandardCharsets.UTF_8);
  }
}
