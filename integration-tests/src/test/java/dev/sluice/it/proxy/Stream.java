// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.proxy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.zip.CRC32C;

/**
 * Many bytes over a wire with their checksum. The pattern's length divides no buffer size, so that
 * bytes which are lost, doubled or moved change the sum.
 *
 * @param bytes how many there were
 * @param checksum CRC-32C of all of them
 */
record Stream(long bytes, long checksum) {
  private static final byte[] PATTERN = pattern(1_000_003);

  /** Sends {@code bytes} bytes; the stream stays open. */
  static Stream send(Wire wire, long bytes) throws IOException {
    CRC32C sum = new CRC32C();
    ByteBuffer buffer = ByteBuffer.allocateDirect(PATTERN.length).put(PATTERN);
    long left = bytes;
    while (left > 0) {
      buffer.clear().limit((int) Math.min(left, PATTERN.length));
      sum.update(buffer.duplicate());
      left -= buffer.remaining();
      while (buffer.hasRemaining()) {
        wire.channel().write(buffer);
      }
    }
    return new Stream(bytes, sum.getValue());
  }

  /** Sends until nobody takes anything any more: whatever lies in between is full. */
  static Stream fill(Wire wire) throws IOException {
    CRC32C sum = new CRC32C();
    ByteBuffer buffer = ByteBuffer.allocateDirect(PATTERN.length).put(PATTERN);
    buffer.clear();
    long bytes = 0;
    int refusals = 0;
    wire.channel().configureBlocking(false);
    while (refusals < 10) {
      if (!buffer.hasRemaining()) {
        buffer.clear();
      }
      ByteBuffer offered = buffer.duplicate();
      int count = wire.channel().write(buffer);
      sum.update(offered.limit(offered.position() + count));
      bytes += count;
      refusals = count == 0 ? refusals + 1 : 0;
      if (count == 0) {
        LockSupport.parkNanos(20_000_000);
      }
    }
    wire.channel().configureBlocking(true);
    return new Stream(bytes, sum.getValue());
  }

  /** Sends as long as there is to be more; the stream stays open. */
  static Stream sendWhile(Wire wire, BooleanSupplier more) throws IOException {
    CRC32C sum = new CRC32C();
    ByteBuffer buffer = ByteBuffer.allocateDirect(PATTERN.length).put(PATTERN);
    long bytes = 0;
    while (more.getAsBoolean()) {
      sum.update(buffer.clear());
      buffer.clear();
      while (buffer.hasRemaining()) {
        wire.channel().write(buffer);
      }
      bytes += PATTERN.length;
    }
    return new Stream(bytes, sum.getValue());
  }

  /** Receives to the end of the stream. */
  static Stream receive(Wire wire) throws IOException {
    return receive(wire, Long.MAX_VALUE);
  }

  /** Receives {@code most} bytes, or to the end of the stream if that comes first. */
  static Stream receive(Wire wire, long most) throws IOException {
    return receive(wire, most, new CRC32C());
  }

  /** The same, with a checksum that goes on from what {@code sum} has seen. */
  static Stream receive(Wire wire, long most, CRC32C sum) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 20);
    long bytes = 0;
    while (bytes < most) {
      buffer.clear().limit((int) Math.min(buffer.capacity(), most - bytes));
      int count = wire.channel().read(buffer);
      if (count < 0) {
        break;
      }
      bytes += count;
      sum.update(buffer.flip());
    }
    return new Stream(bytes, sum.getValue());
  }

  private static byte[] pattern(int length) {
    byte[] bytes = new byte[length];
    new Random(20_261_122).nextBytes(bytes);
    return bytes;
  }
}
