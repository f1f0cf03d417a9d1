// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.sluice.net.InterceptionMode;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RuleOptionsTextTest {
  @Test
  void readsEveryValue() {
    assertThat(RuleOptionsText.parse("TPROXY", "1", "65535", "0", "4294967294", "7,8"))
        .isEqualTo(
            RuleOptions.defaults(InterceptionMode.TPROXY)
                .withPorts(new ProxyPorts(1, 65535, 15008, 15053))
                .withProxy(ProxyIdentity.of(0, 4_294_967_294L))
                .withSelection(
                    Selection.INJECTOR.withInbound(
                        new InboundSelection.AllExcept(
                            List.of(PortRange.of(7), PortRange.of(8))))));
  }

  @Test
  void takesNoPortsFromAnEmptyText() {
    assertThat(
            RuleOptionsText.parse("REDIRECT", "1", "2", "3", "4", "").selection().inbound().ports())
        .isEmpty();
  }

  @Test
  void reportsAllMistakesTogether() {
    assertThatExceptionOfType(InvalidRuleOptionsException.class)
        .isThrownBy(
            () -> RuleOptionsText.parse("tproxy", "0", "70000", "root", "4294967295", "1,,x"))
        .satisfies(
            e ->
                assertThat(e.problems())
                    .containsExactly(
                        "interception mode (-m) 'tproxy'; expected REDIRECT or TPROXY",
                        "outbound port (-p) '0'; expected 1 to 65535",
                        "inbound port (-z) '70000'; expected 1 to 65535",
                        "proxy user id (-u) 'root'; expected 0 to 4294967294",
                        "proxy group id (-g) '4294967295'; expected 0 to 4294967294",
                        "excluded inbound port (-d) ''; expected 1 to 65535",
                        "excluded inbound port (-d) 'x'; expected 1 to 65535"));
  }

  @Test
  void reportsWhatTheValuesSayTogetherToo() {
    assertThatExceptionOfType(InvalidRuleOptionsException.class)
        .isThrownBy(() -> RuleOptionsText.parse("NONE", "15006", "15006", "1", "1", ""))
        .satisfies(
            e ->
                assertThat(e.problems())
                    .containsExactly(
                        "interception mode (-m) 'NONE'; expected REDIRECT or TPROXY",
                        "outbound and inbound port are both 15006; expected two ports"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " 80", "+80", "8e1", "-1", "99999999999999999999", "٨٠", "80;"})
  void takesNothingButDigitsForANumber(String port) {
    assertThatExceptionOfType(InvalidRuleOptionsException.class)
        .isThrownBy(() -> RuleOptionsText.parse("REDIRECT", port, "2", "3", "4", ""))
        .withMessageContaining("outbound port (-p) '" + port + "'");
  }
}
