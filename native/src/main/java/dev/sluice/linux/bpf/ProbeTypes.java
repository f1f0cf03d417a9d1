// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The smallest type information, for maps that can't be made without. */
final class ProbeTypes {
  private static final int HEADER_BYTES = 24;
  private static final int TYPE_BYTES = 16;
  private static final byte[] TEXTS = {0, 'i', 'n', 't', 0};

  private ProbeTypes() {}

  /** BTF with one type, 1: a signed int of 32 bits. */
  static byte[] integer() {
    byte[] blob = new byte[HEADER_BYTES + TYPE_BYTES + TEXTS.length];
    ByteBuffer.wrap(blob)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putShort((short) 0xeb9f)
        .put((byte) 1)
        .put((byte) 0)
        .putInt(HEADER_BYTES)
        .putInt(0) // Types begin behind the header,
        .putInt(TYPE_BYTES)
        .putInt(TYPE_BYTES) // texts behind the types.
        .putInt(TEXTS.length)
        .putInt(1) // The name's place.
        .putInt(1 << 24) // BTF_KIND_INT.
        .putInt(Integer.BYTES)
        .putInt(1 << 24 | Integer.SIZE) // BTF_INT_SIGNED, from bit 0.
        .put(TEXTS);
    return blob;
  }
}
