// SPDX-License-Identifier: Apache-2.0
package dev.sluice.loop;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class ConnectionSlotsTest {
  private final ConnectionSlots whole = new ConnectionSlots(3);
  private final ConnectionSlots noisy = whole.share(2);
  private final ConnectionSlots quiet = whole.share(2);

  @Test
  void keepsOneToItsShareAndAllToTheWhole() {
    assertThat(noisy.take()).isTrue();
    assertThat(noisy.take()).isTrue();
    assertThat(noisy.take()).as("beyond its share").isFalse();
    noisy.release();
    assertThat(quiet.take()).isTrue();
    assertThat(quiet.take()).as("beyond the whole").isFalse();
  }

  @Test
  void countsInBoth() {
    noisy.take();
    quiet.take();
    assertThat(whole.taken()).isEqualTo(2);
    noisy.release();
    quiet.release();
    assertThat(whole.taken()).isZero();
    assertThat(noisy.taken()).isZero();
  }
}
