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
import dev.sluice.rules.install.Verification;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What has happened to a program since it was applied is noticed and shown. */
final class VerificationIT {
  private static final RuleProgram PROGRAM =
      RulePlanner.plan(
          RuleOptions.defaults(Interception.TPROXY), List.of(Family.IPV4, Family.IPV6));

  private final ThrowawayNamespace namespace;
  private final RuleInstaller installer;

  VerificationIT() throws CommandException {
    namespace = ThrowawayNamespace.open();
    installer = new RuleInstaller(BackendChoice.IPTABLES_NFT, namespace.runner());
  }

  @BeforeEach
  void apply() throws IOException {
    installer.apply(PROGRAM);
    assertThat(installer.verify(PROGRAM)).isEqualTo(new Verification(List.of(), List.of()));
  }

  @AfterEach
  void removeNamespace() throws CommandException {
    namespace.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"iptables", "ip6tables"})
  void noticesTwoRulesThatChangedPlaces(String program) throws IOException {
    String divert = "-p tcp ! --syn -m conntrack --ctstate RELATED,ESTABLISHED -j SLUICE_DIVERT";
    run(program + " -t mangle -D SLUICE_INBOUND " + divert);
    run(program + " -t mangle -A SLUICE_INBOUND " + divert);

    List<String> difference = installer.verify(PROGRAM).difference();
    assertThat(difference).startsWith("--- wanted", "+++ found by iptables-nft");
    assertThat(difference)
        .contains("@@ " + label(program) + " mangle SLUICE_INBOUND")
        .containsSubsequence(
            "--A SLUICE_INBOUND " + divert,
            " -A SLUICE_INBOUND -p tcp -j SLUICE_TPROXY",
            "+-A SLUICE_INBOUND " + divert);
    assertThat(difference.stream().filter(line -> line.startsWith("@@"))).hasSize(1);
  }

  /** One change each, with all the lines of the difference that are not context. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "iptables -t nat -D SLUICE_REDIRECT 1"
            + " | --A SLUICE_REDIRECT -p tcp -j REDIRECT --to-ports 15001",
        "ip6tables -t nat -A SLUICE_REDIRECT -p tcp -j REDIRECT --to-ports 15001"
            + " | +-A SLUICE_REDIRECT -p tcp -j REDIRECT --to-ports 15001",
        "iptables -t nat -I SLUICE_OUTPUT -p icmp -j RETURN"
            + " | +-A SLUICE_OUTPUT -p icmp -j RETURN",
        "ip6tables -t nat -N SLUICE_OLD | +chain SLUICE_OLD",
        "iptables -t nat -D OUTPUT 1 | --A OUTPUT -j SLUICE_OUTPUT",
        "iptables -t nat -A OUTPUT -j SLUICE_OUTPUT | +-A OUTPUT -j SLUICE_OUTPUT",
        "iptables -N SLUICE_GUARD_OUT | +chain SLUICE_GUARD_OUT",
        "iptables-legacy -t nat -N SLUICE_OLD | +chain SLUICE_OLD",
        "ip rule del pref 13370"
            + " | -ip -4 rule add pref 13370 from all fwmark 0x539 lookup 133 protocol 157",
        "ip -6 route del local default table 133"
            + " | -ip -6 route add local default dev lo table 133 proto 157",
        "ip -6 addr del ::6/128 dev lo | -ip -6 addr add ::6/128 dev lo metric 13370 nodad",
        "ip rule add pref 5 fwmark 7 lookup 133 protocol 157"
            + " | +ip -4 rule add pref 5 from all fwmark 0x7 lookup 133 protocol 157",
      })
  void showsWhatIsMissingAndWhatIsTooMuch(String change, String shown) throws IOException {
    run(change);

    List<String> difference = installer.verify(PROGRAM).difference();
    assertThat(
            difference.stream()
                .filter(line -> !line.startsWith("---") && !line.startsWith("+++"))
                .filter(line -> line.startsWith("-") || line.startsWith("+")))
        .containsExactly(shown.split(";", -1));
  }

  @Test
  void failsWhereARuleOfOthersTakesEverythingFirst() throws IOException {
    run("iptables -t nat -N ISTIO_OUTPUT");
    run("iptables -t nat -A ISTIO_OUTPUT -o lo -j RETURN");
    run("iptables -t nat -A ISTIO_OUTPUT -p tcp -j REDIRECT --to-ports 9");
    run("iptables -t nat -I OUTPUT -p tcp -j ISTIO_OUTPUT");
    assertThat(installer.verify(PROGRAM).succeeded()).isTrue();
    assertThat(installer.verify(PROGRAM).remarks()).singleElement().asString().contains("ISTIO");

    run("iptables -t nat -D ISTIO_OUTPUT 1");
    assertThat(installer.verify(PROGRAM).difference())
        .contains(
            "! comes before our rules and takes everything:"
                + " IPv4 nat: -A OUTPUT -p tcp -j ISTIO_OUTPUT");
  }

  @Test
  void remarksWhatTakesAPartFirst() throws IOException {
    run("ip6tables -t mangle -I PREROUTING -p tcp --dport 22 -j ACCEPT");
    run("ip6tables -t mangle -I PREROUTING -j MARK --set-mark 5");
    run("ip6tables -t mangle -A PREROUTING -j ACCEPT");

    Verification verification = installer.verify(PROGRAM);
    assertThat(verification.difference()).isEmpty();
    assertThat(verification.remarks())
        .containsExactly(
            "comes before our rules and takes what it matches:"
                + " IPv6 mangle: -A PREROUTING -p tcp -m tcp --dport 22 -j ACCEPT");
  }

  private void run(String command) throws CommandException {
    namespace.run(command.split(" ", -1));
  }

  private static String label(String program) {
    return program.equals("iptables") ? "IPv4" : "IPv6";
  }
}
