// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.rules;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.process.CommandException;
import dev.sluice.rules.Family;
import dev.sluice.rules.Interception;
import dev.sluice.rules.RuleOptions;
import dev.sluice.rules.RulePlanner;
import dev.sluice.rules.RuleProgram;
import dev.sluice.rules.install.BackendChoice;
import dev.sluice.rules.install.RuleInstaller;
import java.io.IOException;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What has happened to tables of ours since they were written is noticed and shown. */
final class NftablesVerificationIT {
  private static final RuleProgram PROGRAM =
      RulePlanner.plan(
          RuleOptions.defaults(Interception.TPROXY), List.of(Family.IPV4, Family.IPV6));

  private static final Pattern HANDLE = Pattern.compile("# handle (\\d+)$", Pattern.MULTILINE);

  private final ThrowawayNamespace namespace;
  private final RuleInstaller installer;

  NftablesVerificationIT() throws CommandException {
    namespace = ThrowawayNamespace.open();
    installer = new RuleInstaller(BackendChoice.NFTABLES, namespace.runner());
  }

  @BeforeEach
  void apply() throws IOException {
    installer.apply(PROGRAM);
    assertThat(installer.verify(PROGRAM).difference()).isEmpty();
  }

  @AfterEach
  void removeNamespace() throws CommandException {
    namespace.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"ip", "ip6"})
  void noticesTwoRulesThatChangedPlaces(String family) throws IOException {
    String chain = family + " sluice_mangle SLUICE_INBOUND";
    deleteLastRule(chain);
    run("nft insert rule " + chain + " meta l4proto tcp counter jump SLUICE_TPROXY");

    assertThat(changed())
        .containsExactly(
            "+meta l4proto tcp counter jump SLUICE_TPROXY",
            "-meta l4proto tcp counter jump SLUICE_TPROXY");
  }

  /** One change each, with all the lines of the difference that are not context. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "nft flush chain ip sluice_nat SLUICE_REDIRECT"
            + " | -meta l4proto tcp counter redirect to :15001",
        "nft add rule ip6 sluice_nat SLUICE_REDIRECT tcp dport 9 accept"
            + " | +tcp dport 9 counter accept",
        "nft add rule ip sluice_nat SLUICE_OUTPUT log | +[{\"log\": null}]",
        "nft add chain ip6 sluice_nat SLUICE_OLD | +chain SLUICE_OLD",
        "nft delete chain ip sluice_nat OUTPUT | -chain OUTPUT;-counter jump SLUICE_OUTPUT"
            + ";-meta l4proto tcp counter jump SLUICE_LEFT",
        "ip rule del pref 13370"
            + " | -ip -4 rule add pref 13370 from all fwmark 0x539 lookup 133 protocol 157",
        "iptables-nft -t nat -N SLUICE_OLD | +chain SLUICE_OLD",
      })
  void showsWhatIsMissingAndWhatIsTooMuch(String change, String shown) throws IOException {
    run(change);

    assertThat(changed()).containsExactly(shown.split(";", -1));
  }

  @Test
  void noticesThatTproxyNoLongerLosesWhatFindsNoListener() throws IOException {
    deleteLastRule("ip sluice_mangle SLUICE_TPROXY");

    assertThat(changed())
        .hasSize(2)
        .first()
        .asString()
        .startsWith("-")
        .contains("tproxy to :15006");
  }

  private void deleteLastRule(String chain) throws CommandException {
    String listed = namespace.run(("nft -a list chain " + chain).split(" ", -1));
    MatchResult last = HANDLE.matcher(listed).results().toList().getLast();
    run("nft delete rule " + chain + " handle " + last.group(1));
  }

  private List<String> changed() throws IOException {
    return installer.verify(PROGRAM).difference().stream()
        .filter(line -> !line.startsWith("---") && !line.startsWith("+++"))
        .filter(line -> line.startsWith("-") || line.startsWith("+"))
        .toList();
  }

  private void run(String command) throws CommandException {
    namespace.run(command.split(" ", -1));
  }
}
