// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** What the last line of a proxy says of what it didn't give back. */
final class RemainsTest {
  @Test
  void saysNothingOfNothing() {
    assertThat(new Remains(0, 0, 0, 0)).hasToString("");
  }

  @Test
  void namesWhatIsLeft() {
    assertThat(new Remains(1, 2, 3, -4))
        .hasToString(" connections_left=1 flows_left=2 buffers_left=3 pipes_left=-4");
  }
}
