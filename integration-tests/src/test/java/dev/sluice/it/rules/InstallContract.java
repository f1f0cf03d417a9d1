// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.sluice.net.InterceptionMode;
import dev.sluice.process.CommandException;
import dev.sluice.rules.Chain;
import dev.sluice.rules.Entry;
import dev.sluice.rules.Family;
import dev.sluice.rules.FamilyProgram;
import dev.sluice.rules.Hook;
import dev.sluice.rules.Match;
import dev.sluice.rules.Rule;
import dev.sluice.rules.RuleOptions;
import dev.sluice.rules.RulePlanner;
import dev.sluice.rules.RuleProgram;
import dev.sluice.rules.RulesException;
import dev.sluice.rules.Table;
import dev.sluice.rules.TableProgram;
import dev.sluice.rules.Target;
import dev.sluice.rules.install.RuleInstaller;
import java.io.IOException;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What every backend owes: all of a program or nothing, and nothing of anybody else's. */
abstract class InstallContract {
  /** What Istio's own tool leaves behind in TPROXY mode, shortened, and a firewall's rules. */
  private static final String FOREIGN =
      """
      *mangle
      :ISTIO_INBOUND - [0:0]
      -A ISTIO_INBOUND -p tcp -m mark --mark 1337 -j RETURN
      -A PREROUTING -p tcp -j ISTIO_INBOUND
      COMMIT
      *nat
      :ISTIO_OUTPUT - [0:0]
      -A ISTIO_OUTPUT -m owner --uid-owner 1337 -j RETURN
      -A OUTPUT -j ISTIO_OUTPUT
      -A OUTPUT -p tcp --dport 9 -j ACCEPT
      COMMIT
      *filter
      -A INPUT -p tcp --dport 22 -j ACCEPT
      COMMIT
      """;

  private static final Pattern CHANGES =
      Pattern.compile("^ip -\\d \\w+ (add|del) |-restore --noflush|^nft (-f|delete) ");

  private final Host host;
  private final ThrowawayNamespace namespace;
  private final RuleInstaller installer;

  InstallContract(Host host) throws CommandException {
    this.host = host;
    namespace = ThrowawayNamespace.open();
    installer = new RuleInstaller(host.choice(), namespace.runner());
  }

  @BeforeEach
  void startsWithNothing() throws CommandException {
    assertThat(namespace.run("nft", "list", "ruleset")).isEmpty();
  }

  @AfterEach
  void removeNamespace() throws CommandException {
    namespace.close();
  }

  @ParameterizedTest
  @EnumSource(names = {"REDIRECT", "TPROXY"})
  void cleansUpWithoutATrace(InterceptionMode mode) throws IOException {
    String before = namespace.state();

    installer.apply(program(mode));
    assertThat(namespace.state()).isNotEqualTo(before).contains("SLUICE_OUTPUT").contains("::6");

    assertThat(installer.cleanUp()).isTrue();
    assertThat(namespace.state()).isEqualTo(before);
    assertThat(installer.cleanUp()).isFalse();
  }

  @ParameterizedTest
  @EnumSource(names = {"REDIRECT", "TPROXY"})
  void appliesTwiceWithoutHarm(InterceptionMode mode) throws IOException {
    installer.apply(program(mode));
    String once = namespace.state();

    installer.apply(program(mode));

    assertThat(namespace.state()).isEqualTo(once);
  }

  @Test
  void movesToTheOtherModeAndLeavesNothingOfTheFirst() throws IOException {
    installer.apply(program(InterceptionMode.REDIRECT));
    String redirect = namespace.effect();

    installer.apply(program(InterceptionMode.TPROXY));
    assertThat(namespace.effect()).isNotEqualTo(redirect);
    installer.apply(program(InterceptionMode.REDIRECT));

    assertThat(namespace.effect()).isEqualTo(redirect);
    assertThat(namespace.state()).doesNotContainIgnoringCase("tproxy");
  }

  @ParameterizedTest
  @EnumSource
  void leavesNothingInTheBackendOfAnEarlierRun(Host earlier) throws IOException {
    installer.apply(program(InterceptionMode.TPROXY));
    String once = namespace.effect();
    installer.cleanUp();

    new RuleInstaller(earlier.choice(), namespace.runner()).apply(program(InterceptionMode.TPROXY));
    installer.apply(program(InterceptionMode.TPROXY));

    assertThat(namespace.effect()).isEqualTo(once);
  }

  @Test
  void verifiesExactlyWhatItApplied() throws IOException {
    installer.apply(program(InterceptionMode.TPROXY));
    assertThat(installer.verify(program(InterceptionMode.TPROXY)).difference()).isEmpty();

    host.damage(namespace);

    assertThat(installer.verify(program(InterceptionMode.TPROXY)).difference())
        .anyMatch(line -> line.startsWith("-") && line.contains("SLUICE_OUTPUT"));
  }

  /** To the byte: each command that changes something, and its standard input. */
  @ParameterizedTest
  @EnumSource(names = {"REDIRECT", "TPROXY"})
  void runsWhatTheDryRunPrints(InterceptionMode mode) throws IOException {
    String printed = installer.dryRun(program(mode));
    assertThat(namespace.run("nft", "list", "ruleset")).isEmpty();
    StringBuilder run = new StringBuilder();

    new RuleInstaller(
            host.choice(),
            command -> {
              if (CHANGES.matcher(command.commandLine()).find()) {
                run.append(command.input().isEmpty() ? "" : "# ");
                run.append(command.commandLine()).append('\n').append(command.input());
              }
              return namespace.runner().run(command);
            })
        .apply(program(mode));

    assertThat(run).hasToString(printed);
  }

  @ParameterizedTest
  @EnumSource(names = {"REDIRECT", "TPROXY"})
  void leavesForeignRulesAlone(InterceptionMode mode) throws IOException {
    addForeign();
    String before = namespace.effect();
    List<String> rulesBefore = host.foreignRules(namespace);

    installer.apply(program(mode));
    assertThat(host.foreignRules(namespace)).isEqualTo(rulesBefore).hasSize(12);
    assertThat(namespace.run("ip", "rule")).contains("32765:\tfrom all fwmark 0x539 lookup 133");

    installer.cleanUp();
    assertThat(namespace.effect()).isEqualTo(before);
  }

  @Test
  void keepsItsPlaceAmongForeignRulesWhenAppliedAgain() throws IOException {
    installer.apply(program(InterceptionMode.REDIRECT));
    namespace.run(host.iptables(), "-t", "nat", "-A", "OUTPUT", "-p", "tcp", "-j", "ACCEPT");
    String before = namespace.state();

    installer.apply(program(InterceptionMode.REDIRECT));

    assertThat(namespace.state()).isEqualTo(before);
  }

  @Test
  void appliesNothingWhenTheSecondFamilyIsRefused() throws IOException {
    addForeign();
    String before = namespace.state();

    assertRefused(withIpv6Refused(InterceptionMode.TPROXY), "the kernel refused");

    assertThat(namespace.state()).isEqualTo(before);
  }

  @Test
  void putsTheFormerProgramBackWhenTheSecondFamilyIsRefused() throws IOException {
    installer.apply(program(InterceptionMode.TPROXY));
    namespace.run(host.iptables(), "-t", "mangle", "-A", "OUTPUT", "-p", "udp", "-j", "ACCEPT");
    String before = namespace.effect();

    assertRefused(withIpv6Refused(InterceptionMode.REDIRECT), "nothing was changed");

    assertThat(namespace.effect()).isEqualTo(before);
  }

  @Test
  void appliesNothingWhenTheRouteTableIsSomebodyElses() throws IOException {
    namespace.run("ip", "route", "add", "unreachable", "default", "table", "133");
    String before = namespace.state();

    assertRefused(program(InterceptionMode.TPROXY), "File exists");

    assertThat(namespace.state()).isEqualTo(before);
  }

  @Test
  void cleansUpWhatIsLeftOfAHalf() throws IOException {
    String before = namespace.state();
    installer.apply(program(InterceptionMode.TPROXY));
    host.damage(namespace);
    namespace.run("ip", "rule", "del", "pref", "13370");
    namespace.run("ip", "-6", "addr", "del", "::6/128", "dev", "lo");
    namespace.run("ip", "route", "flush", "table", "133");

    assertThat(installer.cleanUp()).isTrue();

    assertThat(namespace.state()).isEqualTo(before);
  }

  @Test
  void repairsAHalf() throws IOException {
    installer.apply(program(InterceptionMode.TPROXY));
    String whole = namespace.effect();
    host.damage(namespace);
    namespace.run("ip", "rule", "del", "pref", "13370");

    installer.apply(program(InterceptionMode.TPROXY));

    assertThat(namespace.effect()).isEqualTo(whole);
  }

  @Test
  void saysThatLoIsDownAndAppliesNothing() throws IOException {
    namespace.run("ip", "link", "set", "lo", "down");
    String before = namespace.state();

    assertRefused(program(InterceptionMode.TPROXY), "ip link set lo up");

    assertThat(namespace.state()).isEqualTo(before);
  }

  private void assertRefused(RuleProgram program, String message) {
    assertThatExceptionOfType(RulesException.class)
        .isThrownBy(() -> installer.apply(program))
        .withMessageContaining(message)
        .withMessageEndingWith("nothing was changed");
  }

  private void addForeign() throws CommandException {
    namespace.restore(host.iptables(), FOREIGN);
    namespace.restore(host.ip6tables(), FOREIGN);
    namespace.run("ip", "rule", "add", "fwmark", "1337", "lookup", "133");
    namespace.run("ip", "route", "add", "local", "default", "dev", "lo", "table", "133");
    namespace.run("ip", "-6", "addr", "add", "::6/128", "dev", "lo");
    namespace.awaitDelivery("::6/128");
  }

  private static RuleProgram program(InterceptionMode mode) {
    return RulePlanner.plan(RuleOptions.defaults(mode), List.of(Family.IPV4, Family.IPV6));
  }

  /** The IPv6 part of the program asks for TPROXY where packets leave, where no kernel has it. */
  private static RuleProgram withIpv6Refused(InterceptionMode mode) {
    RuleProgram good = program(mode);
    Rule refused = new Rule("refused", List.of(new Match.Tcp()), new Target.Tproxy(15006, 1337));
    Rule enter = new Rule("enter", List.of(), new Target.Call("SLUICE_REFUSED"));
    TableProgram mangle =
        new TableProgram(
            Table.MANGLE,
            List.of(new Chain("SLUICE_REFUSED", List.of(refused))),
            List.of(new Entry(Hook.OUTPUT, enter)));
    return new RuleProgram(
        List.of(
            good.families().getFirst(),
            new FamilyProgram(Family.IPV6, List.of(mangle), good.families().getLast().routing())));
  }
}
