// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;

final class ProcessWatchTest {
  @Test
  void knowsAProcessThatRunsFromOneThatHasEnded() throws Exception {
    Process process = new ProcessBuilder("sleep", "60").start();
    try (ProcessWatch watch = ProcessWatch.open((int) process.pid())) {
      assertThat(watch.awaitEnd(Duration.ZERO)).isFalse();
      process.destroyForcibly();
      assertThat(watch.awaitEnd(Duration.ofSeconds(10))).isTrue();
      process.waitFor();
      assertThat(watch.awaitEnd(Duration.ZERO)).isTrue();
    }
    assertThatThrownBy(() -> ProcessWatch.open((int) process.pid())).hasMessageContaining("ESRCH");
  }
}
