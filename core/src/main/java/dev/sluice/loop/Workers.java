// SPDX-License-Identifier: Apache-2.0
package dev.sluice.loop;

import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.internal.logging.InternalLoggerFactory;
import io.netty.util.internal.logging.JdkLoggerFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/** All event loops of the process. Thread-safe. {@link #close()} ends them and waits. */
public final class Workers implements AutoCloseable {
  private static final long STOP_SECONDS = 5;

  private final MultiThreadIoEventLoopGroup group;
  private final List<Worker> workers;
  private final Turns turns;

  private Workers(MultiThreadIoEventLoopGroup group, List<Worker> workers) {
    this.group = group;
    this.workers = workers;
    this.turns = new Turns(workers);
  }

  /**
   * Starts {@code count} event loops.
   *
   * @param complaints gets a line, once, when something is missing without which work goes on all
   *     the same
   * @throws IllegalStateException if Netty's epoll transport can't be loaded; the message says why
   */
  public static Workers start(int count, Consumer<String> complaints) {
    return start("sluice-loop", count, complaints);
  }

  /** The same with threads of another name. */
  public static Workers start(String name, int count, Consumer<String> complaints) {
    // Or Netty looks for other logging libraries first, with classes that no cache can hold.
    InternalLoggerFactory.setDefaultFactory(JdkLoggerFactory.INSTANCE);
    if (!Epoll.isAvailable()) {
      throw new IllegalStateException(
          "loading Netty's epoll transport: "
              + Epoll.unavailabilityCause()
              + "; expected its native library for this architecture on java.library.path");
    }
    MultiThreadIoEventLoopGroup group =
        new MultiThreadIoEventLoopGroup(
            count, new DefaultThreadFactory(name, true), EpollIoHandler.newFactory());
    AtomicBoolean said = new AtomicBoolean();
    Consumer<String> once =
        line -> {
          if (said.compareAndSet(false, true)) {
            complaints.accept(line);
          }
        };
    List<Worker> workers = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      workers.add(new Worker(group.next(), new PipePool(once)));
    }
    return new Workers(group, List.copyOf(workers));
  }

  /** One worker for each loop. */
  public List<Worker> all() {
    return workers;
  }

  /**
   * Runs {@code then} soon, once each loop has had its turn: never, if one of them hangs. On one of
   * the loops, or on this thread if all have ended; it must not block. Of 65 that wait the first is
   * forgotten.
   */
  public void afterTurns(Runnable then) {
    turns.await(then);
  }

  /** How many buffers are out. Once the loops have ended, and then any is a bug. */
  public int buffersTaken() {
    return workers.stream().mapToInt(worker -> worker.buffers().taken()).sum();
  }

  /**
   * How many pipes are out. Any is a bug once the loops have ended; before, it is what this thread
   * happens to see.
   */
  public int pipesTaken() {
    return workers.stream().mapToInt(worker -> worker.pipes().taken()).sum();
  }

  /** Ends the loops; what is still registered is closed and told so. */
  @Override
  public void close() {
    group
        .shutdownGracefully(0, STOP_SECONDS, TimeUnit.SECONDS)
        .awaitUninterruptibly(STOP_SECONDS + 1, TimeUnit.SECONDS);
    for (Worker worker : workers) {
      worker.buffers().close();
      worker.pipes().close();
    }
  }
}
