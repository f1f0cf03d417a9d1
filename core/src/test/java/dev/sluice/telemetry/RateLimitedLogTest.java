// SPDX-License-Identifier: Apache-2.0
package dev.sluice.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

final class RateLimitedLogTest {
  private static final long SECOND = 1_000_000_000L;

  private final ByteArrayOutputStream written = new ByteArrayOutputStream();
  private final RateLimitedLog log =
      new RateLimitedLog(new PrintStream(written, true, StandardCharsets.UTF_8), "sluice: ");

  @Test
  void saysATopicOnceASecondWithTheNumberLeftOut() {
    long start = Long.MAX_VALUE - SECOND / 2; // nanoTime may wrap around
    for (int i = 0; i < 100; i++) {
      log.say("accept", "no descriptor", start + i * SECOND / 100);
    }
    assertThat(lines()).containsExactly("sluice: no descriptor");

    log.say("accept", "no descriptor", start + SECOND);
    log.say("accept", "no descriptor", start + 2 * SECOND);
    assertThat(lines())
        .containsExactly(
            "sluice: no descriptor",
            "sluice: no descriptor (99 more like it left out)",
            "sluice: no descriptor");
  }

  @Test
  void keepsTopicsApart() {
    log.say("accept", "no descriptor", 0);
    log.say("access_log", "no room", 1);
    log.say("accept", "no descriptor", 2);
    assertThat(lines()).containsExactly("sluice: no descriptor", "sluice: no room");
  }

  private List<String> lines() {
    return written.toString(StandardCharsets.UTF_8).lines().toList();
  }
}
