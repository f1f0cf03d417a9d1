// SPDX-License-Identifier: Apache-2.0
package dev.sluice.admin;

import dev.sluice.linux.Errno;
import dev.sluice.linux.NativeBuffer;
import dev.sluice.linux.socket.Sockets;
import dev.sluice.telemetry.AccessLogFormat;
import dev.sluice.telemetry.EpochClock;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.LongAdder;

/**
 * One reader of the access log, with the lines that its socket doesn't take yet. When those are too
 * many, lines are lost until half of them are read; then a line says how many. Owns its descriptor
 * and its buffer. Confined to one thread, which never waits here.
 */
final class Subscriber implements AutoCloseable {
  /** Beside what the socket's own buffer takes, some 200 KiB. */
  static final int BUFFER_BYTES = 256 << 10;

  private final int descriptor;
  private final LongAdder lostByAll;
  private final NativeBuffer buffer = NativeBuffer.allocate(BUFFER_BYTES);
  private int start;
  private int end;
  private long lost;

  /**
   * Takes over a connected, non-blocking socket.
   *
   * @param lostByAll counts with it
   */
  Subscriber(int descriptor, LongAdder lostByAll) {
    this.descriptor = descriptor;
    this.lostByAll = lostByAll;
  }

  /** Queues {@code line}, or counts it as lost. */
  void take(byte[] line) {
    if (!sayWhatWasLost() || !put(line)) {
      lose(1);
    }
  }

  /** So many lines never came here. */
  void lose(long lines) {
    lost += lines;
    lostByAll.add(lines);
  }

  /** Whether lines wait, or it has to be told that some are missing. */
  boolean isBehind() {
    return start < end || lost > 0;
  }

  /** Writes what its socket takes; false if the reader is gone. */
  boolean flush() {
    return sayWhatWasLost() ? drain() : drain() && (!sayWhatWasLost() || drain());
  }

  private boolean drain() {
    while (start < end) {
      int written = Sockets.write(descriptor, buffer.address() + start, end - start);
      if (written < 0) {
        return Errno.EAGAIN.returnedBy(written);
      }
      start += written;
    }
    start = 0;
    end = 0;
    return true;
  }

  /**
   * Whether the reader has closed; one that only sends no more is still here. Linux refuses even
   * nothing once the other end is closed.
   */
  boolean isGone() {
    return Sockets.write(descriptor, buffer.address(), 0) < 0;
  }

  /** Nothing is taken before this is true: nothing was lost, or it is said in its place. */
  private boolean sayWhatWasLost() {
    if (lost == 0) {
      return true;
    }
    if (end - start > BUFFER_BYTES / 2) {
      return false;
    }
    StringBuilder line = new StringBuilder(128);
    AccessLogFormat.JSON.appendLost(line, EpochClock.micros(), lost);
    boolean said = put(line.toString().getBytes(StandardCharsets.UTF_8));
    lost = said ? 0 : lost;
    return said;
  }

  private boolean put(byte[] line) {
    if (BUFFER_BYTES - end < line.length && start >= BUFFER_BYTES / 2) {
      // At most once for every half of the buffer that was read.
      byte[] waiting = buffer.get(start, end - start);
      buffer.put(0, waiting);
      start = 0;
      end = waiting.length;
    }
    if (BUFFER_BYTES - end < line.length) {
      return false;
    }
    buffer.put(end, line);
    end += line.length;
    return true;
  }

  /** Closes the socket; lines that still wait count as lost. */
  @Override
  public void close() {
    for (byte each : buffer.get(start, end - start)) {
      if (each == '\n') {
        lostByAll.increment();
      }
    }
    Sockets.close(descriptor);
    buffer.close();
  }
}
