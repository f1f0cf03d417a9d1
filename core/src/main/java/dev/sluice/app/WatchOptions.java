// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.socketlb.CgroupFolder;
import dev.sluice.trace.ConnectionWatch;
import dev.sluice.trace.Hop;
import dev.sluice.trace.TraceJson;
import dev.sluice.trace.TraceText;
import dev.sluice.trace.What;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;
import java.util.stream.Stream;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code sluice trace --watch}: connections that applications make. */
final class WatchOptions {
  @Option(
      names = "--watch",
      description =
          "Makes no connection, but prints the path of each that applications of the chosen"
              + " namespace, pod or cgroup make (default: all), when it has ended; without"
              + " netfilter. --to chooses among them.")
  private boolean watch;

  @Option(
      names = "--count",
      paramLabel = "N",
      description = "With --watch: ends after N connections (default: when interrupted).")
  private Optional<Long> count = Optional.empty();

  @Option(
      names = "--log-socket",
      paramLabel = "PATH",
      description =
          "With --watch: the access_log.sock of a proxy, beside those in the usual places; may be"
              + " repeated.")
  private List<Path> logSockets = List.of();

  @Mixin private RingSize ring = new RingSize();

  /** Whether connections of others are meant. */
  boolean isOn() {
    return watch;
  }

  /**
   * Refuses what makes no sense together.
   *
   * @param others options that are given, and are for connections of the trace's own
   * @throws IllegalArgumentException if something does
   */
  void check(List<String> others) {
    if (!watch) {
      ours()
          .findFirst()
          .ifPresent(
              option -> {
                throw new IllegalArgumentException(
                    option
                        + " without --watch; expected both: a trace follows one connection of its"
                        + " own");
              });
      return;
    }
    if (!others.isEmpty()) {
      throw new IllegalArgumentException(
          "--watch with "
              + others.getFirst()
              + "; expected one of the two: what applications dial, and as whom, is theirs");
    }
    if (count.isPresent() && count.get() < 1) {
      throw new IllegalArgumentException("--count " + count.get() + "; expected 1 or more");
    }
  }

  private Stream<String> ours() {
    return Stream.of(
            count.isPresent() ? "--count" : "",
            logSockets.isEmpty() ? "" : "--log-socket",
            ring.isGiven() ? "--buffer" : "")
        .filter(option -> !option.isEmpty());
  }

  /**
   * Prints paths until it is told to end, has printed enough, or nobody reads any more.
   *
   * @param where whose connections
   * @param to what they dial; none for whatever
   * @param limit after which it ends
   * @param json whether each path is a line of JSON
   */
  void run(
      TraceInput.Where where, Set<InetSocketAddress> to, Optional<Duration> limit, boolean json)
      throws IOException {
    int bytes = ring.bytes();
    Path cgroup = where.cgroup().isPresent() ? where.cgroup().get() : CgroupFolder.root();
    CgroupFolder.id(cgroup); // Complains if it is none.
    Supplier<List<Path>> sockets = () -> ObservePlace.sockets(logSockets);
    ConnectionWatch.Settings settings =
        new ConnectionWatch.Settings(cgroup, where.namespace(), to, bytes, sockets);
    CountDownLatch told = Patience.termination();
    Output output = new Output(json, count.orElse(Long.MAX_VALUE));
    try (ConnectionWatch watching = ConnectionWatch.begin(settings, output::path)) {
      watching.gaps().forEach(gap -> System.err.println(TraceCommand.PREFIX + gap));
      System.err.println(TraceCommand.PREFIX + "watching " + cgroup);
      long begin = System.nanoTime();
      watching.run(
          () ->
              output.isOver()
                  || told.getCount() == 0
                  || limit.filter(time -> System.nanoTime() - begin >= time.toNanos()).isPresent());
      output.isOver(); // What came with the end.
    }
  }

  /** Paths on standard output, each in one piece. */
  private static final class Output {
    private final PrintStream out =
        new PrintStream(
            new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), 1 << 16),
            false,
            StandardCharsets.UTF_8);
    private final boolean json;
    private long left;

    Output(boolean json, long most) {
      this.json = json;
      this.left = most;
    }

    /** What is lost is no connection. */
    void path(List<Hop> hops) {
      boolean lost = hops.stream().allMatch(hop -> hop.what() instanceof What.Lost);
      if (left <= 0 && !lost) {
        return;
      }
      left -= lost ? 0 : 1;
      out.print(
          json
              ? JsonText.of(text -> TraceJson.write(hops, text))
              : TraceText.of(hops) + System.lineSeparator());
    }

    /** Writes out what is buffered; true if there is nothing more to print, or nobody reads. */
    boolean isOver() {
      return out.checkError() || left <= 0;
    }
  }
}
