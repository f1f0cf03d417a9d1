// SPDX-License-Identifier: Apache-2.0
package dev.sluice.node.zds;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * The fields of one protobuf message, in order. Confined to one thread. See <a
 * href="https://protobuf.dev/programming-guides/encoding/">the encoding</a>; groups, which proto3
 * doesn't have, are refused.
 */
final class Fields {
  private static final int VARINT = 0;
  private static final int FIXED_64 = 1;
  private static final int LENGTH = 2;
  private static final int FIXED_32 = 5;

  private final ByteBuffer bytes;
  private int tag;

  Fields(ByteBuffer bytes) {
    this.bytes = bytes.slice();
  }

  /** Whether there is another field; {@link #number()} is its number then. */
  boolean next() throws MalformedRequestException {
    if (!bytes.hasRemaining()) {
      return false;
    }
    long read = varint();
    if (read >>> 3 == 0 || read > 0xffff_ffffL) {
      throw new MalformedRequestException("a field with the number " + (read >>> 3));
    }
    tag = (int) read;
    return true;
  }

  int number() {
    return tag >>> 3;
  }

  /** The present field as a message. */
  Fields message() throws MalformedRequestException {
    return new Fields(content());
  }

  /** The present field as text. */
  String text() throws MalformedRequestException {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(content()).toString();
    } catch (CharacterCodingException e) {
      throw new MalformedRequestException("field " + number() + " isn't UTF-8");
    }
  }

  /** Passes over the present field, whatever it is: later versions may have it. */
  void skip() throws MalformedRequestException {
    switch (tag & 7) {
      case VARINT -> varint();
      case FIXED_64 -> take(Long.BYTES);
      case LENGTH -> content();
      case FIXED_32 -> take(Integer.BYTES);
      default ->
          throw new MalformedRequestException(
              "field " + number() + " has the wire type " + (tag & 7));
    }
  }

  private ByteBuffer content() throws MalformedRequestException {
    if ((tag & 7) != LENGTH) {
      throw new MalformedRequestException(
          "field " + number() + " has the wire type " + (tag & 7) + "; expected " + LENGTH);
    }
    return take(varint());
  }

  private ByteBuffer take(long length) throws MalformedRequestException {
    if (length < 0 || length > bytes.remaining()) {
      throw new MalformedRequestException("field " + number() + " ends beyond the message");
    }
    ByteBuffer taken = bytes.slice(bytes.position(), (int) length);
    bytes.position(bytes.position() + (int) length);
    return taken;
  }

  private long varint() throws MalformedRequestException {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (!bytes.hasRemaining()) {
        throw new MalformedRequestException("the message ends within a number");
      }
      byte next = bytes.get();
      value |= (long) (next & 0x7f) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw new MalformedRequestException("a number of more than ten bytes");
  }
}
