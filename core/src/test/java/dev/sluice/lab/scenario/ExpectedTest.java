// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ExpectedTest {
  @ParameterizedTest
  @CsvSource({
    "10.7.1.2, 10.7.1.2:40000, true",
    "10.7.1.2, 10.7.1.20:40000, false",
    "10.7.1.2, 10.7.1.2:, false",
    "10.7.1.2, 10x7y1z2:40000, false",
    "::6, [::6]:9, true",
    "::6, ::6:9, false"
  })
  void anyPortOfAnAddressIsThatAddressAlone(String address, String seen, boolean accepted) {
    assertThat(Expected.anyPortOf(address).accepts().test(seen)).isEqualTo(accepted);
  }

  @ParameterizedTest
  @CsvSource({
    "1 packet, true, true",
    "12 packets, true, false",
    "0 packets, false, false",
    "no such rule, false, false"
  })
  void countsOfPacketsAreNumbers(String seen, boolean atLeastOne, boolean one) {
    assertThat(Expected.atLeastPackets(1).accepts().test(seen)).isEqualTo(atLeastOne);
    assertThat(Expected.packets(1).accepts().test(seen)).isEqualTo(one);
  }

  @Test
  void aRuleThatIsGoneIsNotARuleThatCountedNothing() {
    assertThat(Expected.packets(0).accepts().test("no such rule")).isFalse();
  }

  @Test
  void agreementNeedsTwoValuesThatAreThere() {
    assertThat(Expected.same("").accepts().test("a:1 = a:1")).isTrue();
    assertThat(Expected.same("").accepts().test("a:1 = a:2")).isFalse();
    assertThat(Expected.same("").accepts().test("- = -")).isFalse();
    assertThat(Expected.same("").accepts().test("0 lines = 0 lines")).isFalse();
  }
}
