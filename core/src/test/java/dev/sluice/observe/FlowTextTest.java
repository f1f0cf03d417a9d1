// SPDX-License-Identifier: Apache-2.0
package dev.sluice.observe;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class FlowTextTest {
  /** ESC, the C1 form of ESC [, and a mark that turns the direction of writing. */
  @Test
  void letsNobodyElseCommandTheTerminal() {
    assertThat(new FlowText(false).lost("a\u001bb\u009bc\u202ed\u00e9", 1))
        .isEqualTo("LOST 1 a?b?c?d\u00e9" + System.lineSeparator());
  }
}
