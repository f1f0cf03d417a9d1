// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import dev.sluice.it.rules.PodAndPeer.Way;
import dev.sluice.process.Command;
import dev.sluice.process.CommandException;
import dev.sluice.process.CommandResult;
import dev.sluice.rules.CommandRunner;
import dev.sluice.rules.Family;
import dev.sluice.rules.GoldenOptions;
import dev.sluice.rules.RulePlanner;
import dev.sluice.rules.RuleProgram;
import dev.sluice.rules.install.BackendChoice;
import dev.sluice.rules.install.RuleInstaller;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * An installer that ends at any of its commands, as if by kill -9: what connections find then, and
 * what the next one makes of it. No proxy runs, so a connection that is captured gets no answer.
 */
final class KilledInstallIT {
  /** Captures by mangle alone. */
  private static final RuleProgram ONE = golden("tproxy-both");

  /** Captures by nat and raw. */
  private static final RuleProgram OTHER = golden("dns-servers");

  private static final Pattern TRANSACTION = Pattern.compile("(?m)(?<=^COMMIT\\n)");

  private final PodAndPeer host;

  KilledInstallIT() throws Exception {
    host = new PodAndPeer();
  }

  @BeforeEach
  void everythingIsOpenWithoutRules() {
    // The first packet on each way waits until the other end's link address is known.
    await().until(() -> host.open().size() == Way.values().length);
  }

  @AfterEach
  void removeNamespaces() throws IOException {
    host.close();
  }

  @ParameterizedTest
  @CsvSource({
    "IPTABLES_NFT, true",
    "IPTABLES_NFT, false",
    "IPTABLES_LEGACY, true",
    "IPTABLES_LEGACY, false",
    "NFTABLES, true"
  })
  void leavesNothingOpenOnTheWayToAnotherProgram(BackendChoice choice, boolean nft)
      throws Exception {
    new RuleInstaller(choice, host.runner()).apply(ONE);
    List<String> open = new ArrayList<>();

    Watcher watcher = new Watcher(() -> open.addAll(names(host.open())), nft);
    new RuleInstaller(choice, watcher).apply(OTHER);

    assertThat(watcher.changes).hasSizeGreaterThan(2);
    assertThat(open).isEmpty();
    assertThat(host.open()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(
      value = BackendChoice.class,
      names = {"IPTABLES_NFT", "IPTABLES_LEGACY", "NFTABLES"})
  void leavesNothingOpenAfterItsFirstChangeOfRules(BackendChoice choice) throws Exception {
    List<List<String>> open = new ArrayList<>();

    Watcher watcher = new Watcher(() -> open.add(names(host.open())), true);
    new RuleInstaller(choice, watcher).apply(ONE);

    // Each state is that before a change; routes alone capture nothing.
    int firstRules =
        1 + (int) watcher.changes.stream().takeWhile(line -> line.startsWith("ip ")).count();
    assertThat(open.subList(0, firstRules))
        .allSatisfy(ways -> assertThat(ways).hasSize(Way.values().length));
    assertThat(open.subList(firstRules, open.size()))
        .allSatisfy(ways -> assertThat(ways).isEmpty());
    assertThat(host.open()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(
      value = BackendChoice.class,
      names = {"IPTABLES_NFT", "IPTABLES_LEGACY", "NFTABLES"})
  void isRepairedByTheNextRun(BackendChoice choice) throws Exception {
    RuleInstaller installer = new RuleInstaller(choice, host.runner());
    installer.apply(ONE);
    Watcher watcher = new Watcher(() -> {}, true);
    new RuleInstaller(choice, watcher).apply(OTHER);

    for (int kill = 1; kill < watcher.changes.size(); kill++) {
      installer.apply(ONE);
      killAfter(kill, choice);
      installer.apply(OTHER);
      assertThat(installer.verify(OTHER).difference()).as("killed at " + kill).isEmpty();
    }
    installer.apply(ONE);
    killAfter(1, choice);
    assertThat(installer.cleanUp()).isTrue();
    assertThat(host.open()).hasSize(Way.values().length);
  }

  private void killAfter(int changes, BackendChoice choice) {
    int[] left = {changes};
    Watcher watcher =
        new Watcher(
            () -> {
              if (left[0]-- == 0) {
                throw new Killed();
              }
            },
            true);
    assertThatExceptionOfType(Killed.class)
        .isThrownBy(() -> new RuleInstaller(choice, watcher).apply(OTHER));
  }

  private static RuleProgram golden(String name) {
    return RulePlanner.plan(
        Objects.requireNonNull(GoldenOptions.byName().get(name)),
        List.of(Family.IPV4, Family.IPV6));
  }

  private static List<String> names(List<Way> ways) {
    return ways.stream().map(Way::name).toList();
  }

  /** Nothing in the installer catches it. */
  private static final class Killed extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  /** Runs something before each command that changes the host. */
  private final class Watcher implements CommandRunner {
    private final List<String> changes = new ArrayList<>();
    private final Before before;
    private final boolean nft;

    Watcher(Before before, boolean nft) {
      this.before = before;
      this.nft = nft;
    }

    @Override
    public CommandResult run(Command command) throws CommandException {
      String line = command.commandLine();
      if (!nft && line.startsWith("nft ")) {
        return new CommandResult(line, 127, "", "as if it were not installed");
      }
      if (line.matches(".* (add|del|delete) .*") || !command.input().isEmpty()) {
        // Each table is a transaction of its own, and iptables-restore may be killed after any.
        CommandResult result = new CommandResult(line, 0, "", "");
        for (String each : TRANSACTION.splitAsStream(command.input()).toList()) {
          result = result.succeeded() ? change(command.withInput(each)) : result;
        }
        return result;
      }
      return host.runner().run(command);
    }

    private CommandResult change(Command command) throws CommandException {
      changes.add(command.commandLine());
      try {
        before.run();
      } catch (RuntimeException e) {
        throw e;
      } catch (Exception e) {
        throw new AssertionError("before " + command.commandLine(), e);
      }
      return host.runner().run(command);
    }
  }

  @FunctionalInterface
  private interface Before {
    void run() throws Exception;
  }
}
