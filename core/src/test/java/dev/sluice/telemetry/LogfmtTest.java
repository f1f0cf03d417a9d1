// SPDX-License-Identifier: Apache-2.0
package dev.sluice.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import org.junit.jupiter.api.Test;

final class LogfmtTest {
  @Test
  void readsPairsInOrder() {
    assertThat(Logfmt.parse("event=accept peer=[::6]:80 id=3"))
        .containsExactly(entry("event", "accept"), entry("peer", "[::6]:80"), entry("id", "3"));
  }

  @Test
  void readsQuotedValuesWithBlanksAndEscapes() {
    assertThat(Logfmt.parse("detail=\"denied by \\\"a b\\\", c\\\\d\" outcome=policy_denied"))
        .containsExactly(
            entry("detail", "denied by \"a b\", c\\d"), entry("outcome", "policy_denied"));
  }

  @Test
  void keepsEmptyValuesAndLeavesBareWordsOut() {
    assertThat(Logfmt.parse("sluice proxy: stopped open= accepted=2"))
        .containsExactly(entry("open", ""), entry("accepted", "2"));
  }

  @Test
  void readsAnUnfinishedQuoteToTheEndOfTheLine() {
    assertThat(Logfmt.parse("detail=\"cut off")).containsExactly(entry("detail", "cut off"));
  }
}
