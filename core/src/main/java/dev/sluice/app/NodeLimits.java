// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.config.ProxySettings.ListenerPorts;
import dev.sluice.linux.ResourceLimits;
import dev.sluice.linux.SyscallException;
import dev.sluice.node.NodeSettings;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of {@code sluice node} that say how much of what. */
final class NodeLimits {
  /** For the JVM, the log and the event loops. */
  private static final long OWN_DESCRIPTORS = 128;

  /** For which descriptors are kept back; kubelet's own limit is 110. */
  private static final long PODS = 256;

  /** Two directions in two families. */
  private static final long LISTENERS = 4;

  @Option(
      names = "--connect-timeout",
      paramLabel = "TIME",
      converter = DurationConverter.class,
      description = "Until an upstream has answered (default 10s).")
  private Duration connectTimeout = Duration.ofSeconds(10);

  @Option(
      names = "--idle-timeout",
      paramLabel = "TIME",
      converter = DurationConverter.class,
      description = "Without a byte in either direction (default 1h).")
  private Duration idleTimeout = Duration.ofHours(1);

  @Option(
      names = "--max-connections",
      paramLabel = "N",
      description =
          "Open at once in all pods; one more is reset (default: what the descriptor limit"
              + " allows).")
  private @Nullable Integer maxConnections;

  @Option(
      names = "--pod-connections",
      paramLabel = "N",
      description =
          "Open at once in one pod; one more is reset (default: a quarter of those in all pods).")
  private @Nullable Integer podConnections;

  @Option(
      names = "--max-memory",
      paramLabel = "SIZE",
      converter = SizeConverter.class,
      description =
          "What all pods may have held for slow readers, in buffers and pipes; who finds no room"
              + " goes on without, at a higher cost (default 64Mi).")
  private long maxMemory = 64L << 20;

  @Option(
      names = "--pod-memory",
      paramLabel = "SIZE",
      converter = SizeConverter.class,
      description = "What one pod may (default: a quarter of that of all pods).")
  private @Nullable Long podMemory;

  @Option(
      names = "--event-loops",
      paramLabel = "N",
      description = "Threads that move bytes (default: the processors that this process may use).")
  private int eventLoops = Runtime.getRuntime().availableProcessors();

  private int connections;

  int eventLoops() {
    return eventLoops;
  }

  int connections() {
    return connections;
  }

  int podConnections() {
    return podConnections == null ? Math.max(1, connections / 4) : podConnections;
  }

  /** What is wrong with them; empty if nothing is. */
  Optional<String> mistake() {
    if (eventLoops < 1 || eventLoops > 1024) {
      return Optional.of("--event-loops is " + eventLoops + "; expected 1 to 1024");
    }
    return wrong("--max-connections", maxConnections)
        .or(() -> wrong("--pod-connections", podConnections));
  }

  private static Optional<String> wrong(String option, @Nullable Integer number) {
    return number == null || (number >= 1 && number <= 10_000_000)
        ? Optional.empty()
        : Optional.of(option + " is " + number + "; expected 1 to 10000000");
  }

  /**
   * With the limit on open files raised as far as it goes.
   *
   * @throws IllegalStateException if that isn't far enough
   */
  NodeSettings settings(ListenerPorts ports, Duration drainTime) throws SyscallException {
    connections = connectionLimit();
    return new NodeSettings(
        ports,
        connections,
        podConnections(),
        maxMemory,
        podMemory == null ? maxMemory / 4 : podMemory,
        connectTimeout,
        idleTimeout,
        drainTime);
  }

  /** Two descriptors a connection; for each pod its namespace, and its listeners on every loop. */
  private int connectionLimit() throws SyscallException {
    long descriptors = ResourceLimits.raiseOpenFiles();
    long own = OWN_DESCRIPTORS + PODS * (1 + LISTENERS * eventLoops);
    long most = (descriptors - own) / 2;
    if (most < 1 || (maxConnections != null && maxConnections > most)) {
      long wanted = own + 2L * (maxConnections == null ? 1 : maxConnections);
      throw new IllegalStateException(
          "the limit on open files is "
              + descriptors
              + "; expected at least "
              + wanted
              + (maxConnections == null ? "" : " for --max-connections " + maxConnections)
              + " (ulimit -n)");
    }
    return maxConnections == null ? (int) Math.min(most, Integer.MAX_VALUE) : maxConnections;
  }
}
