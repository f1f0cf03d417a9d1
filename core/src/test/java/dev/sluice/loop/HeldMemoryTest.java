// SPDX-License-Identifier: Apache-2.0
package dev.sluice.loop;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class HeldMemoryTest {
  private final HeldMemory whole = new HeldMemory(300);
  private final HeldMemory noisy = whole.share(200);
  private final HeldMemory quiet = whole.share(200);

  @Test
  void keepsOneToItsShareAndAllToTheWhole() {
    assertThat(noisy.hasRoom(200)).isTrue();
    assertThat(noisy.hasRoom(201)).isFalse();
    noisy.take(150);
    assertThat(noisy.hasRoom(50)).isTrue();
    assertThat(noisy.hasRoom(51)).as("beyond its share").isFalse();
    assertThat(quiet.hasRoom(150)).isTrue();
    assertThat(quiet.hasRoom(151)).as("beyond the whole").isFalse();
    noisy.giveBack(150);
    assertThat(quiet.hasRoom(200)).isTrue();
    assertThat(whole.taken()).isZero();
  }

  @Test
  void neverRefusesWhereThereIsNoLimitAndCountsAllTheSame() {
    HeldMemory memory = HeldMemory.unlimited();
    memory.take(Integer.MAX_VALUE);
    assertThat(memory.hasRoom(Integer.MAX_VALUE)).isTrue();
    assertThat(memory.taken()).isEqualTo(Integer.MAX_VALUE);
  }
}
