// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.rules;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.it.Checkout;
import dev.sluice.process.Command;
import dev.sluice.process.CommandException;
import dev.sluice.process.CommandResult;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code sluice init --run-validation} as a user runs it. */
final class ValidationIT {
  private static final int FAILED = 126;

  private final ThrowawayNamespace namespace;

  ValidationIT() throws CommandException {
    namespace = ThrowawayNamespace.open();
  }

  @BeforeEach
  void leadEverywhere() throws CommandException {
    namespace.run("ip", "link", "add", "eth0", "type", "veth", "peer", "name", "eth1");
    namespace.run("ip", "link", "set", "eth0", "up");
    namespace.run("ip", "link", "set", "eth1", "up");
    namespace.run("ip", "address", "add", "10.9.0.2/24", "dev", "eth0");
    namespace.run("ip", "-6", "address", "add", "fd09::2/64", "dev", "eth0", "nodad");
    namespace.awaitDelivery("fd09::2/128");
    namespace.run("ip", "route", "add", "default", "via", "10.9.0.1");
    namespace.run("ip", "-6", "route", "add", "default", "via", "fd09::1");
  }

  @AfterEach
  void removeNamespace() throws CommandException {
    namespace.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"REDIRECT", "TPROXY"})
  void isContentWithWhatItApplied(String mode) throws CommandException {
    CommandResult applied =
        init(List.of(), "-m", mode, "--redirect-dns", "--capture-all-dns", "--run-validation");

    assertThat(applied.errors())
        .endsWith("sluice init: captured as they should be: 8 connections\n");
    assertThat(applied.exitCode()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"iptables", "ip6tables"})
  void namesTheFamilyWhoseRulesAreGone(String program) throws CommandException {
    String[] dns = {"--redirect-dns", "--capture-all-dns"};
    init(List.of(), dns);
    namespace.run(program, "-t", "nat", "-F", "OUTPUT");

    CommandResult checked = check(List.of(), dns);

    assertThat(checked.exitCode()).isEqualTo(FAILED);
    assertThat(complaints(checked))
        .hasSize(4)
        .allMatch(line -> line.startsWith(program.equals("iptables") ? "IPv4 " : "IPv6 "));
  }

  @Test
  void seesThatAnotherPortIsMeant() throws CommandException {
    init(List.of(), "-z", "25006");

    CommandResult checked = check(List.of());

    assertThat(checked.exitCode()).isEqualTo(FAILED);
    assertThat(complaints(checked))
        .hasSize(2)
        .allSatisfy(line -> assertThat(line).contains(" inbound to ").endsWith("port 15006"));
  }

  /** What the peers' validation can do: it runs as the proxy, and so it can be nobody else. */
  @Test
  void checksWhatArrivesWithoutAnyRight() throws CommandException {
    List<String> asProxy =
        List.of("setpriv", "--reuid=1337", "--regid=1337", "--clear-groups", "--inh-caps=-all");
    init(List.of());

    CommandResult content = check(asProxy);
    assertThat(content.errors())
        .contains("not tried: IPv4 outbound", "needs CAP_SETGID")
        .endsWith("captured as they should be: 2 connections\n");
    assertThat(content.exitCode()).isZero();

    init(List.of(), "--cleanup");
    assertThat(check(asProxy).exitCode()).isEqualTo(FAILED);
  }

  @Test
  void saysWhichRightItLacks() throws CommandException {
    CommandResult applied =
        init(List.of("setpriv", "--bounding-set", "-setuid"), "--run-validation");

    assertThat(applied.exitCode()).isEqualTo(FAILED);
    assertThat(complaints(applied)).singleElement().asString().endsWith("needs CAP_SETUID");
  }

  private static List<String> complaints(CommandResult result) {
    String begin = "sluice init: not captured: ";
    return result
        .errors()
        .lines()
        .filter(line -> line.startsWith(begin))
        .map(line -> line.substring(begin.length()))
        .toList();
  }

  private CommandResult check(List<String> before, String... options) throws CommandException {
    List<String> words =
        new ArrayList<>(
            List.of("--skip-rule-apply", "--run-validation", "--probe-timeout", "300ms"));
    words.addAll(List.of(options));
    return init(before, words.toArray(String[]::new));
  }

  private CommandResult init(List<String> before, String... options) throws CommandException {
    List<String> words = new ArrayList<>(before);
    words.addAll(List.of(Checkout.script("sluice"), "init"));
    words.addAll(List.of(options));
    return Command.of(words.toArray(String[]::new)).inNetworkNamespace(namespace.path()).run();
  }
}
