// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.ffi;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.sluice.linux.SyscallException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/**
 * A shared <a href="https://man7.org/linux/man-pages/man2/mmap.2.html">mmap(2)</a> of a descriptor,
 * with the ordered accesses that a ring shared with the kernel needs. Every access is checked
 * against the mapping's size. Confined to its owner's thread; nobody may use it after {@link
 * #close()}, which is checked.
 */
public final class MappedMemory implements AutoCloseable {
  private static final int PROT_READ = 1;
  private static final int PROT_WRITE = 2;
  private static final int MAP_SHARED = 1;

  private static final VarHandle LONG = JAVA_LONG.varHandle();
  private static final VarHandle INT = JAVA_INT.varHandle();

  private static final CFunction MMAP = CFunction.named("mmap");
  private static final CFunction MUNMAP = CFunction.named("munmap");
  private static final CFunction PAGE_SIZE = CFunction.named("getpagesize");

  private final MemorySegment memory;
  private boolean closed;

  private MappedMemory(MemorySegment memory) {
    this.memory = memory;
  }

  /** The size of a page in bytes; 4,096 on x86-64, up to 65,536 on arm64. */
  public static int pageBytes() {
    return PAGE_SIZE.call(Scratch.current(), 0);
  }

  /**
   * Maps {@code bytes} bytes from {@code offset}, a multiple of the page size.
   *
   * @throws SyscallException from mmap(2)
   */
  @SuppressWarnings("restricted") // The kernel has just mapped exactly these bytes.
  public static MappedMemory map(int descriptor, long offset, long bytes, boolean writable)
      throws SyscallException {
    Scratch scratch = Scratch.current();
    long address =
        MMAP.word(
            scratch,
            0,
            bytes,
            writable ? PROT_READ | PROT_WRITE : PROT_READ,
            MAP_SHARED,
            descriptor,
            offset);
    if (address == -1) {
      throw new SyscallException(
          "mmap", scratch.errno(), "of " + bytes + " bytes of descriptor " + descriptor);
    }
    return new MappedMemory(MemorySegment.ofAddress(address).reinterpret(bytes));
  }

  /** Reads 64 bits; nothing after it is read before it. {@code offset} is a multiple of 8. */
  public long longAcquire(long offset) {
    return (long) LONG.getAcquire(open(), offset);
  }

  /** Writes 64 bits; nothing before it is done after it. {@code offset} is a multiple of 8. */
  public void longRelease(long offset, long value) {
    LONG.setRelease(open(), offset, value);
  }

  /** Reads 32 bits; nothing after it is read before it. {@code offset} is a multiple of 4. */
  public int intAcquire(long offset) {
    return (int) INT.getAcquire(open(), offset);
  }

  /** A copy of {@code length} bytes. */
  public byte[] bytes(long offset, int length) {
    return open().asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE);
  }

  /**
   * Unmaps; idempotent.
   *
   * @throws SyscallException from munmap(2), which would be a bug of ours
   */
  @Override
  public void close() throws SyscallException {
    if (closed) {
      return;
    }
    closed = true;
    Scratch scratch = Scratch.current();
    int result = MUNMAP.call(scratch, memory.address(), memory.byteSize());
    if (result < 0) {
      throw new SyscallException("munmap", -result, "of " + memory.byteSize() + " bytes");
    }
  }

  private MemorySegment open() {
    if (closed) {
      throw new IllegalStateException(
          "using a mapping of " + memory.byteSize() + " bytes: it is closed");
    }
    return memory;
  }
}
