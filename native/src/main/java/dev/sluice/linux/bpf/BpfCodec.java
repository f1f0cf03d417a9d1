// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.BiConsumer;
import java.util.function.Function;

/**
 * How objects lie in memory as keys or values of a map: the layout of the C struct, padding
 * included, which has to be zero in keys. Immutable.
 *
 * @param <T> the objects
 */
public final class BpfCodec<T> {
  private final int bytes;
  private final BiConsumer<T, ByteBuffer> writer;
  private final Function<ByteBuffer, T> reader;

  private BpfCodec(int bytes, BiConsumer<T, ByteBuffer> writer, Function<ByteBuffer, T> reader) {
    this.bytes = bytes;
    this.writer = writer;
    this.reader = reader;
  }

  /**
   * A codec for structs of {@code bytes} bytes. The buffers are in the byte order of this machine;
   * what is in network order has to be turned by writer and reader. What the writer doesn't write
   * is zero.
   */
  public static <T> BpfCodec<T> of(
      int bytes, BiConsumer<T, ByteBuffer> writer, Function<ByteBuffer, T> reader) {
    return new BpfCodec<>(bytes, writer, reader);
  }

  /** A {@code __u32} in the byte order of this machine. */
  public static BpfCodec<Integer> u32() {
    return of(Integer.BYTES, (value, to) -> to.putInt(value), ByteBuffer::getInt);
  }

  /** A {@code __u64} in the byte order of this machine. */
  public static BpfCodec<Long> u64() {
    return of(Long.BYTES, (value, to) -> to.putLong(value), ByteBuffer::getLong);
  }

  /** The size of the struct. */
  public int bytes() {
    return bytes;
  }

  /** The struct of an object. */
  public byte[] encode(T value) {
    byte[] struct = new byte[bytes];
    writer.accept(value, ByteBuffer.wrap(struct).order(ByteOrder.nativeOrder()));
    return struct;
  }

  /** The object of a struct. */
  public T decode(byte[] struct) {
    return reader.apply(ByteBuffer.wrap(struct).order(ByteOrder.nativeOrder()));
  }
}
