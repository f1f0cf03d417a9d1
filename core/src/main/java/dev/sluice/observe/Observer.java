// SPDX-License-Identifier: Apache-2.0
package dev.sluice.observe;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Watches the connections that a cgroup's processes make, until told to end. Programs are attached
 * to that cgroup alone, by links that end with this process. Confined to one thread; blocks.
 */
public final class Observer implements AutoCloseable {
  private static final Duration PAUSE = Duration.ofMillis(50);
  private static final long COUNT_NANOS = 1_000_000_000;

  private final Settings settings;
  private final SocketWatch watch;
  private final ProxyStreams proxies;
  private final FlowJoiner joiner;
  private final Receiver receiver;
  private FlowShape shape;
  private long countedAt;
  private long lost;
  private long unjoined;
  private long late;
  private long expiredAt;

  /**
   * What is observed.
   *
   * @param cgroup this one, and all below it
   * @param everything whether that is the whole host, so that clients that proxies tell of and
   *     nobody else are strangers from outside
   * @param bufferBytes of the ring that the kernel writes to: a power of two, of pages at least
   * @param sockets where proxies stream their access logs at this moment
   * @param services names of what is dialled
   */
  public record Settings(
      Path cgroup,
      boolean everything,
      int bufferBytes,
      Supplier<List<Path>> sockets,
      ServiceNames services) {}

  /** Takes what was observed, on the observing thread. */
  public interface Receiver {
    /**
     * A connection that has ended or was refused.
     *
     * @param told what the record was made of
     */
    void flow(FlowRecord flow, Told told);

    /**
     * Something is missing.
     *
     * @param what is lost and why
     * @param count how many of it, since it was said last
     */
    void lost(String what, long count);
  }

  private Observer(Settings settings, SocketWatch watch, Receiver receiver) {
    this.settings = settings;
    this.watch = watch;
    this.receiver = receiver;
    this.proxies = new ProxyStreams(settings.sockets());
    this.shape = shape(settings);
    this.joiner =
        new FlowJoiner(
            settings.everything() ? FlowJoiner.Scope.ALSO_INBOUND : FlowJoiner.Scope.MADE_HERE,
            told -> receiver.flow(shape.of(told), told));
  }

  /**
   * Attaches the programs.
   *
   * @throws IOException if the kernel or a cgroup refuses; the message says what
   */
  public static Observer begin(Settings settings, Receiver receiver) throws IOException {
    SocketWatch watch = SocketWatch.on(settings.cgroup(), settings.bufferBytes());
    Observer observer = new Observer(settings, watch, receiver);
    observer.readProxies();
    return observer;
  }

  private static FlowShape shape(Settings settings) {
    long epoch = ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
    return new FlowShape(settings.services(), epoch - System.nanoTime() / 1_000);
  }

  /** What can't be told on this kernel, for people. */
  public List<String> gaps() {
    return watch.gaps();
  }

  /** The kernel's numbers of the programs that are attached. */
  public Set<Integer> programs() {
    return watch.programs();
  }

  /** Observes until {@code ended} says so, looks at that every 50 ms, and tells what waits. */
  public void run(BooleanSupplier ended) throws IOException {
    while (!ended.getAsBoolean()) {
      watch.await(PAUSE);
      step();
    }
    long until = System.nanoTime() + FlowJoiner.WINDOW_NANOS;
    step();
    while (proxies.count() > 0 && System.nanoTime() - until < 0) {
      watch.await(PAUSE);
      step();
    }
    joiner.flush(System.nanoTime());
    count();
  }

  private void step() throws IOException {
    long now = System.nanoTime();
    long window = proxies.count() == 0 ? 0 : FlowJoiner.WINDOW_NANOS;
    watch.drain(event -> joiner.take(event, now, window));
    readProxies();
    if (now - expiredAt >= PAUSE.toNanos()) { // It goes through all that is kept.
      expiredAt = now;
      joiner.expire(now);
    }
    if (now - countedAt >= COUNT_NANOS) {
      countedAt = now;
      count();
      shape = shape(settings); // Somebody may have set the clock.
    }
  }

  private void readProxies() {
    long now = System.nanoTime();
    proxies.poll(
        now,
        (socket, line) -> {
          switch (line) {
            case ProxyLine.Passed passed -> joiner.take(passed, now);
            case ProxyLine.Lost missing ->
                receiver.lost("records of the proxy at " + socket, missing.lines());
          }
        });
  }

  private void count() throws IOException {
    long lostNow = watch.lost();
    if (lostNow > lost) {
      receiver.lost("connections: no room in the buffer of the kernel", lostNow - lost);
      lost = lostNow;
    }
    if (joiner.unjoined() > unjoined) {
      receiver.lost(
          "joins: too many connections waited for their proxies", joiner.unjoined() - unjoined);
      unjoined = joiner.unjoined();
    }
    if (joiner.late() > late) {
      receiver.lost("joins: the proxy told too late", joiner.late() - late);
      late = joiner.late();
    }
  }

  /** Detaches the programs; idempotent. */
  @Override
  public void close() throws IOException {
    proxies.close();
    watch.close();
  }
}
