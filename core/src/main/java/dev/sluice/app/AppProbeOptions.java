// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.probe.AppProbes;
import dev.sluice.probe.ProbeServer;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of {@code sluice proxy} about the probes of its pod's applications. */
final class AppProbeOptions {
  @Option(
      names = "--app-probe",
      paramLabel = "NAME=PORT",
      split = ",",
      description =
          "Answer GET /app-health/NAME by whether the application accepts a connection on that"
              + " port; 'sluice inject' asks for it. May be repeated.")
  private List<String> probes = List.of();

  @Option(
      names = "--app-probe-port",
      paramLabel = "PORT",
      description = "Where such questions are answered (default ${DEFAULT-VALUE}).")
  private int port = 15020;

  /** What is wrong with them, if anything is. */
  Optional<String> mistake() {
    if (port < 1 || port > 65_535) {
      return Optional.of("--app-probe-port is " + port + "; expected 1 to 65535");
    }
    try {
      AppProbes.parse(probes);
      return Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.of("--app-probe " + e.getMessage());
    }
  }

  /** See {@link ProxyCommand#set}. */
  boolean set(String option, String value) {
    switch (option) {
      case "--app-probe" -> probes = List.of(value.split(",", -1));
      case "--app-probe-port" -> port = PlainValue.number(value);
      default -> {
        return false;
      }
    }
    return true;
  }

  /** Starts the server, if there is anything to answer; nothing of it is loaded otherwise. */
  @Nullable ProbeServer start() throws IOException {
    return probes.isEmpty() ? null : ProbeServer.start(port, AppProbes.parse(probes));
  }
}
