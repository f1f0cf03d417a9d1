// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.config.ProxySettings.ConnectionLimits;
import dev.sluice.config.ProxySettings.ListenerPorts;
import dev.sluice.linux.ResourceLimits;
import dev.sluice.linux.SyscallException;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What {@code sluice proxy} and {@code sluice node} have in common: ports, times, threads. */
final class ServingOptions {
  @Option(
      names = "--outbound-port",
      paramLabel = "PORT",
      description =
          "Where connections that leave a pod are led, in its network namespace (default"
              + " ${DEFAULT-VALUE}).")
  private int outboundPort = 15001;

  @Option(
      names = "--inbound-port",
      paramLabel = "PORT",
      description = "Where those are led that come to it (default ${DEFAULT-VALUE}).")
  private int inboundPort = 15006;

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
      names = "--event-loops",
      paramLabel = "N",
      description =
          "Threads that move bytes (default: the processors that this process may use, by its"
              + " affinity and the quota of its cgroups, rounded up).")
  private int eventLoops = Runtime.getRuntime().availableProcessors();

  /** Sets one of these options, for {@link PlainCommandLine}; false if it is none of them. */
  boolean set(String option, String value) {
    switch (option) {
      case "--outbound-port" -> outboundPort = PlainValue.number(value);
      case "--inbound-port" -> inboundPort = PlainValue.number(value);
      case "--connect-timeout" -> connectTimeout = DurationText.parse(value);
      case "--idle-timeout" -> idleTimeout = DurationText.parse(value);
      case "--event-loops" -> eventLoops = PlainValue.number(value);
      default -> {
        return false;
      }
    }
    return true;
  }

  /** What is wrong with the options, if anything is. */
  Optional<String> mistake() {
    return outside("--outbound-port", outboundPort, 65_535)
        .or(() -> outside("--inbound-port", inboundPort, 65_535))
        .or(() -> outside("--event-loops", eventLoops, 1024))
        .or(this::samePort);
  }

  private Optional<String> samePort() {
    return outboundPort == inboundPort
        ? Optional.of(
            "--outbound-port and --inbound-port are both " + inboundPort + "; expected two")
        : Optional.empty();
  }

  /** That a number isn't from 1 to {@code most}; empty if it is, or isn't given. */
  static Optional<String> outside(String option, @Nullable Integer value, int most) {
    return value != null && (value < 1 || value > most)
        ? Optional.of(option + " is " + value + "; expected 1 to " + most)
        : Optional.empty();
  }

  ListenerPorts ports() {
    return new ListenerPorts(outboundPort, inboundPort);
  }

  int eventLoops() {
    return eventLoops;
  }

  /** With so many open at once. */
  ConnectionLimits limits(int connections) {
    return new ConnectionLimits(connections, connectTimeout, idleTimeout);
  }

  /**
   * How many connections may be open, at two descriptors each, with the limit on open files raised
   * as far as it goes.
   *
   * @param own descriptors for everything else
   * @param wanted by {@code --max-connections}; null for as many as can be
   * @throws IllegalStateException if that isn't far enough
   */
  static int connectionLimit(long own, @Nullable Integer wanted) throws SyscallException {
    long descriptors = ResourceLimits.raiseOpenFiles();
    long most = (descriptors - own) / 2;
    if (most < 1 || (wanted != null && wanted > most)) {
      throw new IllegalStateException(
          "the limit on open files is "
              + descriptors
              + "; expected at least "
              + (own + 2L * (wanted == null ? 1 : wanted))
              + (wanted == null ? "" : " for --max-connections " + wanted)
              + " (ulimit -n)");
    }
    return wanted == null ? (int) Math.min(most, Integer.MAX_VALUE) : wanted;
  }
}
