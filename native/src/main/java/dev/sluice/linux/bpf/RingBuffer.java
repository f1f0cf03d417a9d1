// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf;

import dev.sluice.linux.Errno;
import dev.sluice.linux.FileDescriptor;
import dev.sluice.linux.SyscallException;
import dev.sluice.linux.bpf.spec.MapShape;
import dev.sluice.linux.bpf.spec.MapType;
import dev.sluice.linux.ffi.MappedMemory;
import dev.sluice.linux.ffi.PollCalls;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * Reads what programs put into a map of type {@link MapType#RINGBUF} (Linux 5.8), in their order.
 * When the ring is full, programs lose events and know it; the reader sees no gap. The layout is
 * that of {@code kernel/bpf/ringbuf.c}: a page with the reader's position, a page with the
 * writers', then the data, mapped twice in a row so that no record is cut.
 *
 * <p>Borrows the map, which has to stay open. Confined to one thread at a time; a ring has one
 * reader.
 */
public final class RingBuffer implements AutoCloseable {
  private static final int HEADER_BYTES = 8;
  private static final int BUSY = 1 << 31;
  private static final int DISCARDED = 1 << 30;

  private final FileDescriptor map;
  private final MappedMemory reader;
  private final MappedMemory writers;
  private final int pageBytes;
  private final long mask;

  private RingBuffer(FileDescriptor map, MappedMemory reader, MappedMemory writers, int bytes) {
    this.map = map;
    this.reader = reader;
    this.writers = writers;
    this.pageBytes = MappedMemory.pageBytes();
    this.mask = bytes - 1L;
  }

  /**
   * Maps a ring into memory.
   *
   * @throws IllegalArgumentException if the map is of another type
   */
  public static RingBuffer open(BpfMap map) throws SyscallException {
    MapShape shape = map.info().shape();
    if (shape.type() != MapType.RINGBUF.number()) {
      throw new IllegalArgumentException(
          "reading " + map + ": its type is " + shape.type() + ", expected a ring buffer");
    }
    int page = MappedMemory.pageBytes();
    MappedMemory reader = MappedMemory.map(map.descriptor().number(), 0, page, true);
    try {
      long bytes = page + 2L * shape.maxEntries();
      MappedMemory writers = MappedMemory.map(map.descriptor().number(), page, bytes, false);
      return new RingBuffer(map.descriptor(), reader, writers, shape.maxEntries());
    } catch (SyscallException | RuntimeException e) {
      reader.close();
      throw e;
    }
  }

  /**
   * Hands over all records that are complete at this moment, each as a copy, and returns how many;
   * what comes meanwhile is for the next call, so that it returns however fast programs write. A
   * record is taken out of the ring before it is handed over: if {@code receiver} throws, that
   * record is gone and the next call goes on behind it.
   */
  public int drain(Consumer<byte[]> receiver) {
    int count = 0;
    long position = reader.longAcquire(0);
    long end = writers.longAcquire(0);
    while (position < end) {
      long at = pageBytes + (position & mask);
      int header = writers.intAcquire(at);
      if ((header & BUSY) != 0) {
        break; // Reserved, and still being written; what is behind it has to wait.
      }
      int length = header & ~(BUSY | DISCARDED);
      boolean kept = (header & DISCARDED) == 0;
      byte[] record = kept ? writers.bytes(at + HEADER_BYTES, length) : new byte[0];
      position += (length + HEADER_BYTES + 7L) & ~7L;
      reader.longRelease(0, position);
      if (kept) {
        count++;
        receiver.accept(record);
      }
    }
    return count;
  }

  /**
   * Waits until there is a record; false if there is none by then. May return early after a signal.
   * An event loop watches {@link #descriptor()} instead.
   */
  public boolean await(Duration limit) throws SyscallException {
    int millis = Math.toIntExact(Math.min(limit.toMillis(), Integer.MAX_VALUE));
    int result = PollCalls.awaitReadable(map.number(), millis);
    if (Errno.EINTR.returnedBy(result)) {
      return false;
    }
    return SyscallException.check(result, "poll", map.number()) > 0;
  }

  /** Becomes readable for epoll(7) when there is a record; it stays the map's. */
  public FileDescriptor descriptor() {
    return map;
  }

  /** Unmaps the ring; idempotent. The map stays open. */
  @Override
  public void close() throws SyscallException {
    try {
      reader.close();
    } finally {
      writers.close();
    }
  }
}
