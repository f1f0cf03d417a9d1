// SPDX-License-Identifier: Apache-2.0
package dev.sluice.loop;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SpareHeapTest {
  private static final long MIB = 1 << 20;

  @Test
  void leavesTheHeapOfAnIdleProxyAlone() {
    assertThat(SpareHeap.isWorthIt(3 * MIB, 0)).isFalse();
    assertThat(SpareHeap.isWorthIt(16 * MIB, 0)).isFalse();
  }

  @Test
  void collectsWhatGrewBeyondWhatIsSpareInAnyCase() {
    assertThat(SpareHeap.isWorthIt(17 * MIB, 0)).isTrue();
    assertThat(SpareHeap.isWorthIt(25 * MIB, 4 * MIB)).isTrue();
  }

  @Test
  void doesNotCollectAgainWhatIsInUse() {
    assertThat(SpareHeap.isWorthIt(60 * MIB, 60 * MIB)).isFalse();
    assertThat(SpareHeap.isWorthIt(100 * MIB, 60 * MIB)).isFalse();
    assertThat(SpareHeap.isWorthIt(137 * MIB, 60 * MIB)).isTrue();
  }
}
