// SPDX-License-Identifier: Apache-2.0
package dev.sluice.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.node.PodChoice.By;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class PodChoiceTest {
  @Test
  void readsBothForms() {
    assertThat(PodChoice.parse("netns:cni-*")).isEqualTo(new PodChoice(By.NETNS, "cni-*"));
    assertThat(PodChoice.parse("uid:a:b")).isEqualTo(new PodChoice(By.UID, "a:b"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "cni-1", "netns:", ":cni", "name:cni", "NETNS:cni"})
  void refusesWhatIsNeither(String text) {
    assertThatThrownBy(() -> PodChoice.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "'" + text + "' chooses no pods; expected netns:NAME or uid:UID, * for any text");
  }

  @ParameterizedTest
  @CsvSource({
    "cni-*, cni-1, true",
    "cni-*, acni-1, false",
    "*, anything, true",
    "pod?, pod1, true",
    "pod?, pod12, false",
    "a.b, a.b, true",
    "a.b, axb, false",
    "[a], a, false"
  })
  void matchesTheWholeName(String pattern, String name, boolean matches) {
    assertThat(new PodChoice(By.NETNS, pattern).matches(name)).isEqualTo(matches);
  }

  @Test
  void showsNothingThatIsNotPrintable() {
    assertThat(new PodName("a\nb\u001b[1m", "x y", "z\n", "").toString()).isEqualTo("x?y/z?");
    assertThat(PodName.ofUid("a\nb\u001b[1m").uid()).isEqualTo("a?b?[1m");
  }
}
