// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

final class MarkBitsTest {
  @Test
  void looksAtTheBitsOfItsMaskOnly() {
    MarkBits proxy = new MarkBits(0x539, 0xfff);

    assertThat(proxy.matches(0x539)).isTrue();
    assertThat(proxy.matches(0xabc_0539)).isTrue();
    assertThat(proxy.matches(0x538)).isFalse();
    assertThat(MarkBits.of(0x539).matches(0xabc_0539)).isFalse();
  }

  @Test
  void leavesTheOtherBitsWhenItIsWritten() {
    assertThat(new MarkBits(0x111, 0xfff).writtenInto(0xabcd_e539)).isEqualTo(0xabcd_e111);
    assertThat(MarkBits.of(0x111).writtenInto(0xabcd_e539)).isEqualTo(0x111);
  }

  @Test
  void refusesAValueOutsideItsMask() {
    assertThatThrownBy(() -> new MarkBits(0x1000, 0xfff)).hasMessageContaining("0x1000/0xfff");
  }

  @Test
  void isWrittenAsIpRuleWritesIt() {
    assertThat(MarkBits.of(1337)).hasToString("0x539");
    assertThat(new MarkBits(0x111, 0xfff)).hasToString("0x111/0xfff");
  }
}
