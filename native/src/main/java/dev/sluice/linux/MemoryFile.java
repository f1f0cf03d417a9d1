// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux;

import dev.sluice.linux.ffi.MemoryFileCalls;

/**
 * A file without a name, in memory, that can be sent to another process as a descriptor: <a
 * href="https://man7.org/linux/man-pages/man2/memfd_create.2.html">memfd_create(2)</a>, Linux 3.17.
 * Whoever creates or takes it over closes it; its content goes with its last descriptor. Appending
 * is confined to one thread; reading is thread-safe.
 */
public final class MemoryFile implements AutoCloseable {
  private final FileDescriptor descriptor;
  private long length;

  private MemoryFile(FileDescriptor descriptor) {
    this.descriptor = descriptor;
  }

  /** An empty one; {@code name} only shows in /proc. */
  public static MemoryFile create(String name) throws SyscallException {
    int created = MemoryFileCalls.create(name);
    if (created < 0) {
      throw new SyscallException("memfd_create", -created, "of " + name);
    }
    return new MemoryFile(FileDescriptor.owning(created));
  }

  /** Takes over one that somebody else has filled; it is only read. */
  public static MemoryFile owning(FileDescriptor descriptor) {
    return new MemoryFile(descriptor);
  }

  /** Its number, to be sent; it stays this object's. */
  public int number() {
    return descriptor.number();
  }

  /** Where the next byte will be appended, in bytes from the beginning. */
  public long end() {
    return length;
  }

  /**
   * Appends {@code count} bytes of {@code buffer} from {@code offset}.
   *
   * @throws SyscallException ENOSPC or ENOMEM: what was appended so far is of no use then
   */
  public void append(NativeBuffer buffer, int offset, int count) throws SyscallException {
    int done = 0;
    while (done < count) {
      long from = buffer.address() + offset + done;
      done +=
          SyscallException.check(
              MemoryFileCalls.write(descriptor.number(), from, count - done, length + done),
              "pwrite",
              descriptor.number());
    }
    length += count;
  }

  /** Appends all of {@code bytes}. */
  public void append(byte[] bytes) throws SyscallException {
    if (bytes.length == 0) {
      return;
    }
    try (NativeBuffer buffer = NativeBuffer.allocate(bytes.length)) {
      buffer.put(0, bytes);
      append(buffer, 0, bytes.length);
    }
  }

  /**
   * Reads exactly {@code count} bytes at {@code place} to the beginning of {@code buffer}.
   *
   * @throws SyscallException ENODATA if the file ends before that
   */
  public void read(long place, NativeBuffer buffer, int count) throws SyscallException {
    int done = 0;
    while (done < count) {
      int read =
          MemoryFileCalls.read(
              descriptor.number(), buffer.address() + done, count - done, place + done);
      if (read == 0) {
        throw new SyscallException(
            "pread", Errno.ENODATA.number(), "of " + count + " bytes at " + place);
      }
      done += SyscallException.check(read, "pread", descriptor.number());
    }
  }

  /** A copy of {@code count} bytes at {@code place}. */
  public byte[] read(long place, int count) throws SyscallException {
    if (count == 0) {
      return new byte[0];
    }
    try (NativeBuffer buffer = NativeBuffer.allocate(count)) {
      read(place, buffer, count);
      return buffer.get(0, count);
    }
  }

  @Override
  public void close() throws SyscallException {
    descriptor.close();
  }
}
