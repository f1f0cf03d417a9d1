// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

final class PortRangeTest {
  @Test
  void holdsBothEnds() {
    PortRange range = new PortRange(8000, 8010);

    assertThat(range.contains(7999)).isFalse();
    assertThat(range.contains(8000)).isTrue();
    assertThat(range.contains(8010)).isTrue();
    assertThat(range.contains(8011)).isFalse();
    assertThat(range).hasToString("8000-8010");
    assertThat(PortRange.of(80)).hasToString("80");
  }

  @Test
  void refusesPortsThatDoNotExistAndAWrongOrder() {
    assertThatThrownBy(() -> new PortRange(0, 1)).hasMessageContaining("0 to 1");
    assertThatThrownBy(() -> new PortRange(1, 65536)).hasMessageContaining("1 to 65536");
    assertThatThrownBy(() -> new PortRange(9, 8)).hasMessageContaining("9 to 8");
  }

  @Test
  void mergesWhatTouchesOrOverlaps() {
    assertThat(
            PortRange.merged(
                List.of(
                    new PortRange(90, 100),
                    PortRange.of(80),
                    new PortRange(95, 96),
                    PortRange.of(81),
                    PortRange.of(101),
                    PortRange.of(80),
                    PortRange.of(103))))
        .containsExactly(new PortRange(80, 81), new PortRange(90, 101), PortRange.of(103));
    assertThat(PortRange.merged(List.of())).isEmpty();
  }
}
