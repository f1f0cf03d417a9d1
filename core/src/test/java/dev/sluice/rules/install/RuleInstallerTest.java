// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.install;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.sluice.net.InterceptionMode;
import dev.sluice.process.Command;
import dev.sluice.process.CommandResult;
import dev.sluice.rules.Family;
import dev.sluice.rules.RuleOptions;
import dev.sluice.rules.RulePlanner;
import dev.sluice.rules.RuleProgram;
import dev.sluice.rules.RulesException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/** The order of commands; what they do is tested on the kernel. */
final class RuleInstallerTest {
  private final List<String> run = new ArrayList<>();
  private Predicate<String> refused = _ -> false;
  private final RuleInstaller installer = new RuleInstaller(this::answer);

  @Test
  void makesRoutesBeforeTheMarksThatNeedThem() throws RulesException {
    installer.apply(program(InterceptionMode.TPROXY));

    assertThat(changes().getFirst()).startsWith("ip -4 route add");
    assertThat(changes().getLast()).startsWith("ip6tables");
    assertThat(changes()).hasSize(4 + 3 + 2);
  }

  @Test
  void takesBackEveryStepWhenTheLastOneFails() {
    refused = line -> line.startsWith("ip6tables") && line.contains("restore");

    assertThatExceptionOfType(RulesException.class)
        .isThrownBy(() -> installer.apply(program(InterceptionMode.TPROXY)))
        .withMessageStartingWith("writing the IPv6 rules: no")
        .withMessageEndingWith("; nothing was changed");
    List<String> undone = changes().subList(9, changes().size());
    assertThat(undone).hasSize(7);
    assertThat(undone.getFirst()).isEqualTo("ip -6 addr del ::6/128 dev lo metric 13370");
    assertThat(undone.getLast()).startsWith("ip -4 route del local default dev lo table 133");
  }

  @Test
  void saysSoWhenTheWayBackFailsToo() {
    refused = line -> line.contains("restore") || line.contains("rule del");

    assertThatExceptionOfType(RulesException.class)
        .isThrownBy(() -> installer.apply(program(InterceptionMode.TPROXY)))
        .withMessageContaining(
            "writing the IPv4 rules: no; putting back what was before failed too:")
        .withMessageContaining("rule del pref 13371");
  }

  @Test
  void doesWithoutIpv6WhenNothingIsWantedOfIt() throws RulesException {
    refused = line -> line.contains("ip6tables") || line.contains("ip -6");

    installer.apply(
        RulePlanner.plan(RuleOptions.defaults(InterceptionMode.REDIRECT), List.of(Family.IPV4)));

    assertThat(changes()).hasSize(1);
  }

  @Test
  void failsWithoutIpv6WhenItIsWanted() {
    refused = line -> line.contains("ip6tables");

    assertThatExceptionOfType(RulesException.class)
        .isThrownBy(() -> installer.apply(program(InterceptionMode.REDIRECT)))
        .withMessageContaining("ip6tables");
    assertThat(changes()).isEmpty();
  }

  @Test
  void saysWhenThereWasNothingToCleanUp() throws RulesException {
    assertThat(installer.cleanUp()).isFalse();
    assertThat(changes()).isEmpty();
  }

  private static RuleProgram program(InterceptionMode mode) {
    return RulePlanner.plan(RuleOptions.defaults(mode), List.of(Family.IPV4, Family.IPV6));
  }

  private CommandResult answer(Command command) {
    String line = command.commandLine();
    run.add(line);
    boolean bad = refused.test(line);
    String output = line.contains("table local exact ::6/128") ? "local ::6 dev lo" : "";
    return new CommandResult(line, bad ? 1 : 0, output, bad ? "no" : "");
  }

  private List<String> changes() {
    return run.stream().filter(l -> !l.contains("-save") && !l.contains(" show")).toList();
  }
}
