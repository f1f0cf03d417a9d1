// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf.spec;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A part of a byte array, read as little-endian numbers. Every read is checked against the part, so
 * a wrong offset in a file ends in a {@link SpecException} and never in another exception. Makes no
 * copies, so that a file whose parts overlap costs no memory. The array is not to be changed.
 * Immutable.
 */
final class ByteWindow {
  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  /** {@code KSYM_NAME_LEN} of the kernel. A limit, since many names may share one long text. */
  private static final int LONGEST_NAME = 512;

  private final String what;
  private final byte[] array;
  private final int start;
  private final int length;

  private ByteWindow(String what, byte[] array, int start, int length) {
    this.what = what;
    this.array = array;
    this.start = start;
    this.length = length;
  }

  static ByteWindow of(String what, byte[] array) {
    return new ByteWindow(what, array, 0, array.length);
  }

  /** The part of this one that begins at {@code offset}, called {@code name} in messages. */
  ByteWindow slice(String name, long offset, long bytes) throws SpecException {
    if (offset < 0 || bytes < 0 || offset > length || bytes > length - offset) {
      throw new SpecException(
          "reading %s: %s bytes from %s are outside %s, which has %d bytes"
              .formatted(
                  name, Long.toUnsignedString(bytes), Long.toUnsignedString(offset), what, length));
    }
    return new ByteWindow(name, array, start + (int) offset, (int) bytes);
  }

  String what() {
    return what;
  }

  int length() {
    return length;
  }

  int u8(long offset) throws SpecException {
    return array[at(offset, 1)] & 0xff;
  }

  int u16(long offset) throws SpecException {
    return (short) SHORT.get(array, at(offset, 2)) & 0xffff;
  }

  int i32(long offset) throws SpecException {
    return (int) INT.get(array, at(offset, 4));
  }

  long u32(long offset) throws SpecException {
    return Integer.toUnsignedLong(i32(offset));
  }

  long u64(long offset) throws SpecException {
    return (long) LONG.get(array, at(offset, 8));
  }

  /** The zero-terminated name at {@code offset}, which has to end inside and soon. */
  String name(long offset) throws SpecException {
    return text(offset, LONGEST_NAME);
  }

  /** The zero-terminated text of at most {@code most} bytes at {@code offset}. */
  String text(long offset, int most) throws SpecException {
    int from = at(offset, 1);
    int limit = Math.min(start + length, from + most + 1);
    int end = from;
    while (end < limit && array[end] != 0) {
      end++;
    }
    if (end == limit) {
      throw new SpecException(
          "reading text at %d of %s: it has no end within %d bytes".formatted(offset, what, most));
    }
    return new String(array, from, end - from, StandardCharsets.UTF_8);
  }

  /** True if the zero-terminated text at {@code offset} is exactly {@code ascii}. */
  boolean holdsText(long offset, byte[] ascii) {
    if (offset < 0 || offset + ascii.length >= length) {
      return false;
    }
    int from = start + (int) offset;
    return array[from + ascii.length] == 0
        && Arrays.equals(array, from, from + ascii.length, ascii, 0, ascii.length);
  }

  byte[] copy() {
    return Arrays.copyOfRange(array, start, start + length);
  }

  private int at(long offset, int bytes) throws SpecException {
    if (offset < 0 || offset > length - bytes) {
      throw new SpecException(
          "reading %d bytes at %s of %s: it has %d"
              .formatted(bytes, Long.toUnsignedString(offset), what, length));
    }
    return start + (int) offset;
  }
}
