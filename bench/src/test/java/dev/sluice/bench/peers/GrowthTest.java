// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.data.Offset.offset;

import java.util.List;
import org.junit.jupiter.api.Test;

final class GrowthTest {
  private static final List<Integer> SIZES = List.of(10, 10, 1_000);

  @Test
  void comparesWithTheSmallestNumberRoundByRound() {
    Growth growth = new Growth(SIZES, new double[][] {{1, 2, 4}, {1.05, 2.1, 4}, {2, 4, 4}});
    assertThat(growth.noise()).isEqualTo(0.05, offset(1e-9));
    assertThat(growth.ratio(2)).hasValue(2);
    assertThat(growth.best(2)).isEqualTo(2);
    assertThat(growth.median(0)).isEqualTo(2);
  }

  @Test
  void showsNoRatioWhereTheSmallestNumberDiffersFromItself() {
    Growth growth = new Growth(SIZES, new double[][] {{1}, {1.2}, {1}});
    assertThat(growth.isTooNoisy()).isTrue();
    assertThat(growth.ratio(2)).isEmpty();
  }

  @Test
  void needsTheSmallestNumberTwice() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Growth(List.of(10, 100), new double[2][1]))
        .withMessageContaining("expected the first size twice");
  }
}
