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
  private Predicate<Command> refused = _ -> false;
  private final RuleInstaller installer = new RuleInstaller(this::answer);

  @Test
  void guardsAChangeOfSeveralTablesAndMakesRoutesBeforeTheMarksThatNeedThem()
      throws RulesException {
    installer.apply(program(InterceptionMode.TPROXY));

    assertThat(changes()).hasSize(2 + 4 + 3 + 2);
    assertThat(changes().get(0)).startsWith("iptables").contains("restore");
    assertThat(changes().get(1)).startsWith("ip6tables").contains("restore");
    assertThat(changes().get(2)).startsWith("ip -4 route add");
    assertThat(changes().getLast()).startsWith("ip6tables");
  }

  @Test
  void needsNoGuardOfItsOwnWhereEachFamilyChangesAtOnce() throws RulesException {
    installer.apply(program(InterceptionMode.REDIRECT));

    assertThat(changes()).hasSize(3);
    assertThat(changes().getFirst()).startsWith("ip -6 addr add");
  }

  @Test
  void takesBackEveryStepWhenTheLastOneFails() {
    refused = command -> command.commandLine().startsWith("ip6") && writes(command, "*mangle");

    assertThatExceptionOfType(RulesException.class)
        .isThrownBy(() -> installer.apply(program(InterceptionMode.TPROXY)))
        .withMessageStartingWith("writing the IPv6 rules: no")
        .withMessageEndingWith("; nothing was changed");
    List<String> undone = changes().subList(2 + 4 + 3 + 2, changes().size());
    assertThat(undone).hasSize(7);
    assertThat(undone.getFirst()).isEqualTo("ip -6 addr del ::6/128 dev lo metric 13370");
    assertThat(undone.getLast()).startsWith("ip -4 route del local default dev lo table 133");
  }

  @Test
  void saysSoWhenTheWayBackFailsToo() {
    refused = command -> writes(command, "*mangle") || command.commandLine().contains("rule del");

    assertThatExceptionOfType(RulesException.class)
        .isThrownBy(() -> installer.apply(program(InterceptionMode.TPROXY)))
        .withMessageContaining(
            "writing the IPv4 rules: no; putting back what was before failed too:")
        .withMessageContaining("rule del pref 13371");
  }

  @Test
  void doesWithoutIpv6WhenNothingIsWantedOfIt() throws RulesException {
    refused =
        command ->
            command.commandLine().contains("ip6tables") || command.commandLine().contains("ip -6");

    installer.apply(
        RulePlanner.plan(RuleOptions.defaults(InterceptionMode.REDIRECT), List.of(Family.IPV4)));

    assertThat(changes()).hasSize(1);
  }

  @Test
  void failsWithoutIpv6WhenItIsWanted() {
    refused = command -> command.commandLine().contains("ip6tables");

    assertThatExceptionOfType(RulesException.class)
        .isThrownBy(() -> installer.apply(program(InterceptionMode.REDIRECT)))
        .withMessageContaining("ip6tables")
        .withMessageEndingWith("; nothing was changed");
    assertThat(changes()).noneMatch(line -> line.contains("restore"));
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
    boolean bad = refused.test(command);
    String output = line.contains("table local exact ::6/128") ? "local ::6 dev lo" : "";
    return new CommandResult(line, bad ? 1 : 0, output, bad ? "no" : "");
  }

  private static boolean writes(Command command, String table) {
    return command.input().contains(table);
  }

  private List<String> changes() {
    return run.stream()
        .filter(l -> !l.contains("-save") && !l.contains(" show") && !l.startsWith("nft -"))
        .toList();
  }
}
