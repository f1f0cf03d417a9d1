// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.probe.AppProbes;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The options of {@code sluice proxy} about the probes of its pod's applications. */
final class AppProbeOptions {
  @Option(
      names = "--app-probe",
      paramLabel = "NAME=PORT",
      split = ",",
      description =
          "Answer GET /app-health/NAME at --stats-port by whether the application accepts a"
              + " connection on that port; 'sluice inject' asks for it. May be repeated.")
  private List<String> probes = List.of();

  /** What is wrong with them, if anything is. */
  Optional<String> mistake(int statsPort) {
    if (!probes.isEmpty() && statsPort == 0) {
      return Optional.of("--app-probe needs a --stats-port; it is 0");
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
    if (!option.equals("--app-probe")) {
      return false;
    }
    probes = List.of(value.split(",", -1));
    return true;
  }

  /** What is answered; nothing of it is loaded without an option. */
  Optional<AppProbes> probes() {
    return probes.isEmpty() ? Optional.empty() : Optional.of(AppProbes.parse(probes));
  }
}
