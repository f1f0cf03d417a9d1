// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

final class TraceTextTest {
  /** A program's name, a rule's comment and a log's words are their makers'. */
  @Test
  void writesOutWhatATerminalWouldActUpon() {
    Hop hop =
        new Hop(
            Sighting.event("claimed by \u001b[2J", 0),
            new What.Unknown("a\u001b]0;title\u0007b\r\nc", "\u202ereversed \u009b31m"));

    String text = TraceText.of(List.of(hop));

    assertThat(text.lines()).hasSize(1);
    assertThat(text)
        .endsWith("\n")
        .contains("a\\u{1b}]0;title\\u{7}b\\u{d}\\u{a}c")
        .contains("\\u{202e}reversed \\u{9b}31m")
        .contains("claimed by \\u{1b}[2J");
    assertThat(text.strip().codePoints()).allMatch(c -> c >= ' ' && c < 0x7f);
  }
}
