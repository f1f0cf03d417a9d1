// SPDX-License-Identifier: Apache-2.0
package dev.sluice.admin;

import dev.sluice.telemetry.AccessLogFormat;
import dev.sluice.telemetry.ConnectionRecord;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The access log as JSON lines for whoever reads along. There is a thread while there are readers,
 * and a record costs one look at a field while there are none. Nobody waits for a reader: what one
 * can't take is lost to that reader, counted, and said in its stream. Thread-safe.
 */
public final class AccessLogStream implements AutoCloseable {
  /** Reading along at the same time. */
  static final int MOST_SUBSCRIBERS = 4;

  private static final int QUEUE_LENGTH = 8192;
  private static final int BATCH = 512;

  /** As the access log itself: lines that come close together are one write. */
  private static final long REST_NANOS = 5_000_000;

  /** How soon lines that wait for a reader are tried again. */
  private static final long RETRY_MILLIS = 10;

  /** How soon it is noticed that a reader is gone while there is nothing to write. */
  private static final long LOOK_MILLIS = 200;

  private final ArrayBlockingQueue<ConnectionRecord> queue = new ArrayBlockingQueue<>(QUEUE_LENGTH);
  private final LongAdder unqueued = new LongAdder();
  private final LongAdder lost = new LongAdder();
  private final List<Subscriber> joining = new ArrayList<>();
  private int subscribers;
  private @Nullable Thread writer;
  private volatile boolean wanted;
  private volatile boolean closing;

  /** Queues {@code connection} for those who read along, if there are any. Never blocks. */
  public void accept(ConnectionRecord connection) {
    if (wanted && !queue.offer(connection)) {
      unqueued.increment();
    }
  }

  /** Lines that readers did not get; one that two did not get counts twice. */
  public long lost() {
    return lost.sum();
  }

  /**
   * One more reads along from now on. Takes over {@code descriptor}, a connected, non-blocking
   * socket.
   *
   * @return false if there are as many as can be, or the proxy ends; it stays the caller's then
   */
  synchronized boolean admit(int descriptor) {
    if (closing || subscribers == MOST_SUBSCRIBERS) {
      return false;
    }
    subscribers++;
    joining.add(new Subscriber(descriptor, lost));
    wanted = true;
    if (writer == null) {
      writer = Thread.ofPlatform().daemon().name("sluice-log-stream").start(this::write);
    }
    return true;
  }

  private void write() {
    List<Subscriber> readers = new ArrayList<>(MOST_SUBSCRIBERS);
    List<ConnectionRecord> batch = new ArrayList<>(BATCH);
    try {
      while (isWantedBy(readers)) {
        await(readers, batch);
        queue.drainTo(batch, BATCH - batch.size());
        takeIn(readers);
        give(batch, readers);
        boolean idle = batch.isEmpty();
        removeIfGone(readers, idle);
        batch.clear();
        if (!idle && !closing && queue.size() < BATCH) {
          LockSupport.parkNanos(REST_NANOS);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      end(readers);
    }
  }

  private synchronized void end(List<Subscriber> readers) {
    if (writer != null && !writer.equals(Thread.currentThread())) {
      // It had nobody left, and another one has begun for somebody new.
      return;
    }
    wanted = false;
    writer = null;
    lost.add((queue.size() + unqueued.sum()) * readers.size());
    readers.forEach(Subscriber::close);
  }

  /** After records were taken: whoever was admitted before one of them is told of it. */
  private synchronized void takeIn(List<Subscriber> readers) {
    readers.addAll(joining);
    joining.clear();
  }

  /** False if nobody is here, or all is told and the proxy ends. */
  private synchronized boolean isWantedBy(List<Subscriber> readers) {
    takeIn(readers);
    boolean told = closing && queue.isEmpty() && readers.stream().noneMatch(Subscriber::isBehind);
    if (!readers.isEmpty() && !told) {
      return true;
    }
    wanted = false;
    queue.clear();
    unqueued.reset();
    writer = null;
    return false;
  }

  private void await(List<Subscriber> readers, List<ConnectionRecord> batch)
      throws InterruptedException {
    boolean behind = closing || readers.stream().anyMatch(Subscriber::isBehind);
    ConnectionRecord first = queue.poll(behind ? RETRY_MILLIS : LOOK_MILLIS, TimeUnit.MILLISECONDS);
    if (first != null) {
      batch.add(first);
    }
  }

  private void give(List<ConnectionRecord> batch, List<Subscriber> readers) {
    StringBuilder text = new StringBuilder(1024);
    for (ConnectionRecord connection : batch) {
      text.setLength(0);
      AccessLogFormat.JSON.append(text, connection);
      byte[] line = text.toString().getBytes(StandardCharsets.UTF_8);
      readers.forEach(reader -> reader.take(line));
    }
    // After those that were queued before them.
    long missing = unqueued.sumThenReset();
    if (missing > 0) {
      readers.forEach(reader -> reader.lose(missing));
    }
  }

  private void removeIfGone(List<Subscriber> readers, boolean idle) {
    boolean left =
        readers.removeIf(
            reader -> {
              boolean gone = !reader.flush() || (idle && reader.isGone());
              if (gone) {
                reader.close();
              }
              return gone;
            });
    if (left) {
      count(readers);
    }
  }

  private synchronized void count(List<Subscriber> readers) {
    subscribers = readers.size() + joining.size();
  }

  /**
   * Writes what is queued, waits for readers no longer than {@code limit}, and counts the rest as
   * lost. Nobody is admitted any more.
   */
  public void close(Duration limit) {
    Thread running;
    synchronized (this) {
      closing = true;
      running = writer;
    }
    if (running == null) {
      return;
    }
    LockSupport.unpark(running);
    try {
      if (!running.join(limit)) {
        running.interrupt();
        running.join();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    close(Duration.ofMillis(500));
  }
}
