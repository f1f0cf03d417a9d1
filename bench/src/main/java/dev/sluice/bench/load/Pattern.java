// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.load;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.util.zip.CRC32C;

/** Bytes whose order can be checked, and their checksum. Pure but for the channels. */
final class Pattern {
  private static final int CHUNK = 64 * 1024;

  /** A prime, so that no buffer's size is a multiple of it. */
  private static final int PERIOD = 65_521;

  private static final byte[] BYTES = bytes();

  private Pattern() {}

  /**
   * What was read or written.
   *
   * @param bytes how many
   * @param checksum CRC-32C of them
   */
  record Digest(long bytes, long checksum) {
    ByteBuffer encoded() {
      return ByteBuffer.allocate(16).putLong(bytes).putLong(checksum).flip();
    }

    static Digest readFrom(ReadableByteChannel channel) throws IOException {
      ByteBuffer buffer = ByteBuffer.allocate(16);
      while (buffer.hasRemaining()) {
        if (channel.read(buffer) < 0) {
          throw new EOFException(
              "the stream ended after " + buffer.position() + " of 16 bytes of a digest");
        }
      }
      buffer.flip();
      return new Digest(buffer.getLong(), buffer.getLong());
    }
  }

  /** Of the first {@code bytes} bytes. */
  static Digest digest(long bytes) {
    CRC32C checksum = new CRC32C();
    forEachChunk(bytes, (offset, length) -> checksum.update(BYTES, offset, length));
    return new Digest(bytes, checksum.getValue());
  }

  static void write(WritableByteChannel channel, long bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocateDirect(BYTES.length).put(BYTES);
    forEachChunk(
        bytes,
        (offset, length) -> {
          buffer.limit(offset + length).position(offset);
          while (buffer.hasRemaining()) {
            channel.write(buffer);
          }
        });
  }

  /** To the end of the stream, or to {@code atMost} bytes. */
  static Digest read(ReadableByteChannel channel, long atMost) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocateDirect(CHUNK);
    CRC32C checksum = new CRC32C();
    long bytes = 0;
    while (bytes < atMost) {
      buffer.clear().limit((int) Math.min(CHUNK, atMost - bytes));
      int count = channel.read(buffer);
      if (count < 0) {
        break;
      }
      bytes += count;
      checksum.update(buffer.flip());
    }
    return new Digest(bytes, checksum.getValue());
  }

  private interface Chunk<E extends Exception> {
    void take(int offset, int length) throws E;
  }

  private static <E extends Exception> void forEachChunk(long bytes, Chunk<E> chunk) throws E {
    for (long done = 0; done < bytes; ) {
      int offset = (int) (done % PERIOD);
      int length = (int) Math.min(bytes - done, CHUNK);
      chunk.take(offset, length);
      done += length;
    }
  }

  private static byte[] bytes() {
    byte[] bytes = new byte[PERIOD + CHUNK];
    for (int i = 0; i < bytes.length; i++) {
      int position = i % PERIOD;
      bytes[i] = (byte) (position ^ position >> 8);
    }
    return bytes;
  }
}
