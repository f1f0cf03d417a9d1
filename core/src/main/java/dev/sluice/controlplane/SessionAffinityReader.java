// SPDX-License-Identifier: Apache-2.0
package dev.sluice.controlplane;

import dev.sluice.model.Service;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;

/** Reads {@code sessionAffinity} and {@code sessionAffinityConfig} of a Service. */
final class SessionAffinityReader {
  private static final FieldNames CONFIG = FieldNames.reading("clientIP");
  private static final FieldNames CLIENT_IP = FieldNames.reading("timeoutSeconds");

  private SessionAffinityReader() {}

  /** How long a client stays with its endpoint; empty for no affinity. */
  static Optional<Duration> read(Fields spec) {
    boolean byClient =
        spec.get("sessionAffinity")
            .flatMap(v -> v.parsed(SessionAffinityReader::byClient))
            .orElse(false);
    Optional<Duration> configured =
        spec.get("sessionAffinityConfig")
            .flatMap(value -> value.fields(CONFIG))
            .flatMap(config -> config.get("clientIP"))
            .flatMap(value -> value.fields(CLIENT_IP))
            .flatMap(clientIp -> clientIp.get("timeoutSeconds"))
            .flatMap(SessionAffinityReader::timeout);
    if (byClient) {
      return Optional.of(configured.orElse(Service.DEFAULT_CLIENT_AFFINITY));
    }
    spec.get("sessionAffinityConfig")
        .ifPresent(value -> value.report("it is for sessionAffinity ClientIP; expected that too"));
    return Optional.empty();
  }

  private static boolean byClient(String text) {
    return switch (text) {
      case "ClientIP" -> true;
      case "None" -> false;
      default -> throw new IllegalArgumentException("expected None or ClientIP");
    };
  }

  private static Optional<Duration> timeout(Value value) {
    OptionalInt seconds = value.integer();
    if (seconds.isEmpty()) {
      return Optional.empty();
    }
    long longest = Service.LONGEST_CLIENT_AFFINITY.toSeconds();
    if (seconds.getAsInt() < 1 || seconds.getAsInt() > longest) {
      value.report(seconds.getAsInt() + " is out of range; expected 1 to " + longest);
      return Optional.empty();
    }
    return Optional.of(Duration.ofSeconds(seconds.getAsInt()));
  }
}
