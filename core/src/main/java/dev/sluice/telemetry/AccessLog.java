// SPDX-License-Identifier: Apache-2.0
package dev.sluice.telemetry;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The access log: a bounded queue and one thread that writes. Thread-safe. {@link #write} never
 * blocks: when the file can't keep up, or can't be written at all, lines are lost, counted, and
 * said (on standard error at most once a second, and in the log itself as soon as it can be
 * written).
 */
public final class AccessLog implements AutoCloseable {
  private static final int QUEUE_LENGTH = 16_384;
  private static final int BATCH = 512;

  /**
   * After a batch the writer rests, so that lines which come close together are one write, and the
   * event loops don't wake it for each.
   */
  private static final long REST_NANOS = 5_000_000;

  private final ArrayBlockingQueue<Entry> queue = new ArrayBlockingQueue<>(QUEUE_LENGTH);
  private final LongAdder lost = new LongAdder();
  private final LogFile file;
  private final AccessLogFormat format;
  private final RateLimitedLog complaints;
  private final Thread writer;
  private volatile boolean closing;
  private volatile boolean reopen;
  private volatile int inHand;
  private long lostWhenLastSaid;

  private AccessLog(LogFile file, AccessLogFormat format, RateLimitedLog complaints) {
    this.file = file;
    this.format = format;
    this.complaints = complaints;
    this.writer = Thread.ofPlatform().daemon().name("sluice-access-log").unstarted(this::drain);
  }

  /**
   * Opens {@code target} and starts the writer.
   *
   * @param target a path, or {@code -} for standard output
   * @throws IOException if it can't be opened for appending; the message names it
   */
  public static AccessLog open(String target, AccessLogFormat format, RateLimitedLog complaints)
      throws IOException {
    AccessLog log = new AccessLog(LogFile.open(target), format, complaints);
    log.writer.start();
    return log;
  }

  /** Queues the line of {@code connection}, or counts it as lost. Never blocks. */
  public void write(ConnectionRecord connection) {
    if (!queue.offer(new Entry(connection))) {
      lost.increment();
    }
  }

  /** Opens the file again under its name, after it was rotated away. Returns at once. */
  public void reopen() {
    reopen = true;
    // An idle writer sleeps on the queue: wake it. A full queue means that it is awake.
    queue.offer(Entry.WAKE_UP);
  }

  /** Lines that were not written. */
  public long lost() {
    return lost.sum();
  }

  /**
   * Writes what is queued, waits for that no longer than {@code limit}, and counts the rest as
   * lost.
   */
  public void close(Duration limit) {
    closing = true;
    queue.offer(Entry.WAKE_UP);
    LockSupport.unpark(writer);
    try {
      if (!writer.join(limit)) {
        lost.add(queue.size() + inHand);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    close(Duration.ofSeconds(1));
  }

  private void drain() {
    List<Entry> batch = new ArrayList<>(BATCH);
    try {
      while (!closing || !queue.isEmpty()) {
        batch.add(queue.take());
        queue.drainTo(batch, BATCH - 1);
        write(batch);
        batch.clear();
        if (!closing && queue.size() < BATCH) {
          LockSupport.parkNanos(REST_NANOS);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      file.close();
    }
  }

  private void write(List<Entry> batch) {
    int lines = 0;
    StringBuilder text = new StringBuilder(batch.size() * 256);
    for (Entry entry : batch) {
      if (entry.connection() != null) {
        format.append(text, entry.connection());
        lines++;
      }
    }
    inHand = lines;
    long before = file.linesWritten();
    try {
      if (reopen) {
        reopen = false;
        file.reopen();
      }
      before += sayWhatWasLost();
      file.write(text);
    } catch (IOException e) {
      lost.add(lines - (file.linesWritten() - before));
      complaints.say("access_log", "writing the access log to " + file + ": " + e.getMessage());
    }
    inHand = 0;
  }

  /** Returns the number of lines that it took. */
  private int sayWhatWasLost() throws IOException {
    long total = lost.sum();
    if (total == lostWhenLastSaid) {
      return 0;
    }
    long now = total - lostWhenLastSaid;
    StringBuilder text = new StringBuilder(128);
    format.appendLost(text, EpochClock.micros(), now);
    file.write(text);
    lostWhenLastSaid = total;
    complaints.say("access_log_lost", "the access log lost " + now + " lines");
    return 1;
  }

  /** A connection to write, or none: then it only wakes the writer. */
  private record Entry(@Nullable ConnectionRecord connection) {
    static final Entry WAKE_UP = new Entry(null);
  }
}
