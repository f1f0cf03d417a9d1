// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.rules;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.it.Checkout;
import dev.sluice.it.FalsePrograms;
import dev.sluice.process.Command;
import dev.sluice.process.CommandException;
import dev.sluice.process.CommandResult;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code sluice init} as a user runs it: the launcher, in a namespace of its own. */
final class InitCommandIT {
  private final ThrowawayNamespace namespace;

  InitCommandIT() throws CommandException {
    namespace = ThrowawayNamespace.open();
  }

  @AfterEach
  void removeNamespace() throws CommandException {
    namespace.close();
  }

  @Test
  void saysInOneLineWhatItDid() throws CommandException {
    String before = namespace.state();

    CommandResult applied = init(List.of(), "-m", "TPROXY", "-p", "25001", "-b", "*", "-i", "*");
    assertThat(applied.exitCode()).isZero();
    assertThat(applied.output()).isEmpty();
    assertThat(applied.errors().lines())
        .containsExactly(
            "sluice init: TPROXY rules applied: outbound to port 25001, inbound to port 15006,"
                + " not user 1337, group 1337; IPv4 and IPv6");

    CommandResult cleaned = init(List.of(), "--cleanup");
    assertThat(cleaned.errors().lines())
        .containsExactly("sluice init: removed all rules, routes and addresses of Sluice");
    assertThat(namespace.state()).isEqualTo(before);
    assertThat(init(List.of(), "--cleanup").exitCode()).isZero();
  }

  @Test
  void appliesWhatTheDryRunPrints() throws CommandException {
    CommandResult dry = init(List.of(), "-m", "TPROXY", "--dry-run");
    assertThat(namespace.saved()).isEmpty();
    feed(dry.output());
    String byHand = namespace.state();
    init(List.of(), "--cleanup");

    init(List.of(), "-m", "TPROXY");

    assertThat(namespace.state()).isEqualTo(byHand);
  }

  /** From outside, where nsenter(1) starts them: neither of them nor of these is the caller's. */
  @ParameterizedTest
  @ValueSource(strings = {"--force-iptables-binary=nft", "--native-nftables"})
  void startsNoProgramOfTheCallersPath(String backend) throws IOException {
    String before = namespace.state();
    try (FalsePrograms programs = FalsePrograms.make()) {
      String line =
          programs.exports()
              + "sluice=$1; shift; $sluice init --network-namespace $1 -m TPROXY $2 &&"
              + " $sluice init --network-namespace $1 -m TPROXY $2 --verify &&"
              + " $sluice init --network-namespace $1 --cleanup";
      CommandResult done =
          Command.of(
                  "bash",
                  "-euc",
                  line,
                  "bash",
                  Checkout.script("sluice"),
                  namespace.path().toString(),
                  backend)
              .run();

      assertThat(done.exitCode()).as(done.errors()).isZero();
      assertThat(programs.started()).isEmpty();
    }
    assertThat(namespace.state()).isEqualTo(before);
  }

  @Test
  void saysThatIpv6IsOffAndGoesOn() throws CommandException {
    namespace.run("sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1");

    CommandResult applied = init(List.of(), "-m", "TPROXY");

    assertThat(applied.exitCode()).isZero();
    assertThat(applied.errors().lines())
        .hasSize(2)
        .anySatisfy(line -> assertThat(line).startsWith("sluice init: no -b, -i or -q says"))
        .last()
        .asString()
        .contains("IPv4 only: IPv6 is");
    assertThat(namespace.run("iptables-save")).contains("SLUICE_TPROXY");
    assertThat(namespace.run("ip6tables-save")).doesNotContain("SLUICE");
  }

  @Test
  void verifiesInJson() throws CommandException {
    init(List.of(), "-m", "TPROXY");
    CommandResult same = init(List.of(), "-m", "TPROXY", "--verify", "--json");
    assertThat(same.exitCode()).isZero();
    assertThat(same.output())
        .isEqualTo(
            "{\"same\":true,\"families\":[\"IPv4\",\"IPv6\"],\"difference\":[],\"remarks\":[]}\n");

    namespace.run("ip6tables", "-t", "nat", "-N", "SLUICE_OLD");
    CommandResult other = init(List.of(), "-m", "TPROXY", "--verify", "--json");
    assertThat(other.exitCode()).isEqualTo(1);
    assertThat(other.output())
        .startsWith("{\"same\":false,")
        .contains("\"--- wanted\",\"+++ found by ", "\"+chain SLUICE_OLD\"");
  }

  @Test
  void namesTheCapabilityThatIsMissing() throws CommandException {
    CommandResult refused = init(List.of("setpriv", "--bounding-set", "-net_admin"));

    assertThat(refused.exitCode()).isEqualTo(1);
    assertThat(refused.errors().lines())
        .singleElement()
        .asString()
        .contains("without CAP_NET_ADMIN");
    assertThat(namespace.saved()).isEmpty();
  }

  @Test
  void keepsTheHostUntouchedOnAMistake() throws CommandException {
    CommandResult refused = init(List.of(), "-p", "70000", "-m", "tproxy");

    assertThat(refused.exitCode()).isEqualTo(1);
    assertThat(refused.errors().lines()).hasSize(2);
    assertThat(namespace.saved()).isEmpty();
  }

  /** Runs each command of a dry run; one that is remarked reads the lines that follow it. */
  private void feed(String text) throws CommandException {
    for (String part : text.split("(?m)^(?=(?:# )?(?:ip|nft|ip6?tables)[^ ]* )", -1)) {
      String first = part.lines().findFirst().orElse("");
      String script = part.lines().skip(1).collect(Collectors.joining("\n", "", "\n"));
      if (!first.isEmpty()) {
        Command.of(first.replaceFirst("# ", "").split(" ", -1))
            .withInput(script)
            .inNetworkNamespace(namespace.path())
            .runOrThrow();
      }
    }
  }

  private CommandResult init(List<String> before, String... arguments) throws CommandException {
    List<String> words = new ArrayList<>(before);
    words.addAll(List.of(Checkout.script("sluice"), "init"));
    words.addAll(List.of(arguments));
    return Command.of(words.toArray(String[]::new)).inNetworkNamespace(namespace.path()).run();
  }
}
