// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class VisibleOutputTest {
  @Test
  void showsWhatWouldActOnATerminal() throws Exception {
    ByteArrayOutputStream shown = new ByteArrayOutputStream();
    try (PrintStream terminal = new PrintStream(shown, true, StandardCharsets.UTF_8);
        VisibleOutput out = new VisibleOutput(terminal)) {
      for (byte each : "a\u001b[2Jé\nb\u202ec".getBytes(StandardCharsets.UTF_8)) {
        out.write(each);
      }
    }
    assertThat(shown.toString(StandardCharsets.UTF_8)).isEqualTo("a\\x1b[2Jé\nb\\u202ec");
  }

  @Test
  void keepsTheLinesOfAMessage() {
    assertThat(VisibleOutput.of("{}\n")).isEqualTo("{}\n");
    assertThat(VisibleOutput.of("one\ntwo\u0007")).isEqualTo("one\ntwo\\x07");
  }
}
