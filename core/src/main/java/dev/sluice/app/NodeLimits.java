// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.config.ProxySettings.ConnectionLimits;
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

  private int connections;

  int connections() {
    return connections;
  }

  int podConnections() {
    return podConnections == null ? Math.max(1, connections / 4) : podConnections;
  }

  /** What is wrong with them; empty if nothing is. */
  Optional<String> mistake() {
    return ServingOptions.outside("--max-connections", maxConnections, 10_000_000)
        .or(() -> ServingOptions.outside("--pod-connections", podConnections, 10_000_000));
  }

  /**
   * With the limit on open files raised as far as it goes.
   *
   * @throws IllegalStateException if that isn't far enough
   */
  NodeSettings settings(ServingOptions serving, Duration drainTime) throws SyscallException {
    // For each pod its namespace, and its listeners on every loop.
    long own = OWN_DESCRIPTORS + PODS * (1 + LISTENERS * serving.eventLoops());
    connections = ServingOptions.connectionLimit(own, maxConnections);
    ConnectionLimits limits = serving.limits(connections);
    return new NodeSettings(
        serving.ports(),
        connections,
        podConnections(),
        maxMemory,
        podMemory == null ? maxMemory / 4 : podMemory,
        limits.connectTimeout(),
        limits.idleTimeout(),
        drainTime);
  }
}
