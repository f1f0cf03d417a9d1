// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.net.InterceptionMode;
import dev.sluice.rules.install.ProgramText;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class RulePlannerTest {
  private static final List<Family> BOTH = List.of(Family.IPV4, Family.IPV6);

  @ParameterizedTest
  @EnumSource(names = {"REDIRECT", "TPROXY"})
  void plansTheProgramOfIstioForTheDefaultOptions(InterceptionMode mode) throws IOException {
    RuleProgram program = RulePlanner.plan(RuleOptions.defaults(mode), BOTH);

    assertThat(withoutRemarks(ProgramText.of(program)))
        .isEqualTo(golden(mode.name().toLowerCase(Locale.ROOT) + ".txt"));
  }

  @ParameterizedTest
  @EnumSource(names = {"REDIRECT", "TPROXY"})
  void writesEveryOptionWhereItBelongs(InterceptionMode mode) throws IOException {
    RuleOptions changed =
        RuleOptions.defaults(mode)
            .withPorts(new ProxyPorts(25001, 25006, 15008, 15053))
            .withProxy(ProxyIdentity.of(2001, 2002))
            .withSelection(excluding(List.of(PortRange.of(9))));

    String expected =
        golden(mode.name().toLowerCase(Locale.ROOT) + ".txt")
            .lines()
            .filter(line -> !line.contains("15021") && !line.contains("15020"))
            .map(line -> line.replace("15090", "9"))
            .map(line -> line.replace("15001", "25001").replace("15006", "25006"))
            .map(line -> line.replace("uid-owner 1337", "uid-owner 2001"))
            .map(line -> line.replace("gid-owner 1337", "gid-owner 2002"))
            .collect(Collectors.joining("\n", "", "\n"));
    assertThat(withoutRemarks(ProgramText.of(RulePlanner.plan(changed, BOTH)))).isEqualTo(expected);
  }

  @Test
  void excludesNothingWhenNoPortIsExcluded() {
    RuleOptions options =
        RuleOptions.defaults(InterceptionMode.REDIRECT).withSelection(excluding(List.of()));

    assertThat(ProgramText.of(RulePlanner.plan(options, BOTH))).doesNotContain("excluded");
  }

  @Test
  void plansOnlyTheFamiliesThatAreThere() {
    RuleProgram program =
        RulePlanner.plan(RuleOptions.defaults(InterceptionMode.TPROXY), List.of(Family.IPV4));

    assertThat(ProgramText.of(program)).doesNotContain("::").doesNotContain("ip -6");
  }

  @Test
  void putsNothingButJumpsIntoBuiltInChains() {
    for (InterceptionMode mode : RuleOptions.MODES) {
      assertThat(RulePlanner.plan(RuleOptions.defaults(mode), BOTH).families())
          .flatExtracting(FamilyProgram::tables)
          .flatExtracting(TableProgram::entries)
          .allSatisfy(entry -> assertThat(entry.rule().target()).isInstanceOf(Target.Call.class));
    }
  }

  private static Selection excluding(List<PortRange> inbound) {
    return Selection.INJECTOR.withInbound(new InboundSelection.AllExcept(inbound));
  }

  private static String golden(String name) throws IOException {
    try (InputStream file = RulePlannerTest.class.getResourceAsStream(name)) {
      return new String(Objects.requireNonNull(file, name).readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static String withoutRemarks(String text) {
    return text.lines()
        .filter(line -> !line.startsWith("#"))
        .collect(Collectors.joining("\n", "", "\n"));
  }
}
