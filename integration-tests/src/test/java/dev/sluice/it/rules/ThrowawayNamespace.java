// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.rules;

import static org.awaitility.Awaitility.await;

import dev.sluice.process.Command;
import dev.sluice.process.CommandException;
import dev.sluice.process.CommandResult;
import dev.sluice.rules.CommandRunner;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

/** A network namespace with lo up and nothing else; gone when closed. */
final class ThrowawayNamespace implements AutoCloseable {
  private static final AtomicInteger NUMBER = new AtomicInteger();

  private final String name;

  private ThrowawayNamespace(String name) {
    this.name = name;
  }

  /** Makes one; to look inside while a test stands still: {@code nsenter --net=/run/netns/NAME}. */
  static ThrowawayNamespace open() throws CommandException {
    String name = "slt-rules-" + ProcessHandle.current().pid() + "-" + NUMBER.incrementAndGet();
    Command.of("ip", "netns", "add", name).runOrThrow();
    ThrowawayNamespace namespace = new ThrowawayNamespace(name);
    namespace.run("ip", "link", "set", "lo", "up");
    namespace.awaitDelivery("::1/128");
    return namespace;
  }

  /** The kernel adds an IPv6 address's route later, from a work queue. */
  void awaitDelivery(String address) {
    await()
        .pollInterval(Duration.ofMillis(5))
        .until(
            () -> !run("ip", "-6", "route", "show", "table", "local", "exact", address).isBlank());
  }

  String name() {
    return name;
  }

  Path path() {
    return Path.of("/run/netns", name);
  }

  CommandRunner runner() {
    return CommandRunner.inNetworkNamespace(path());
  }

  /** Runs it inside and expects success. */
  String run(String... words) throws CommandException {
    return Command.of(words).inNetworkNamespace(path()).runOrThrow();
  }

  /** Runs it inside, whatever comes of it. */
  CommandResult attempt(String... words) throws CommandException {
    return Command.of(words).inNetworkNamespace(path()).run();
  }

  /** Feeds {@code script} to iptables-restore or ip6tables-restore. */
  void restore(String program, String script) throws CommandException {
    Command.of(program + "-restore", "--noflush")
        .withInput(script)
        .inNetworkNamespace(path())
        .runOrThrow();
  }

  /** Everything that a program of rules may change, empty chains and tables too; no counters. */
  String state() throws CommandException {
    return run("nft", "-s", "list", "ruleset") + legacy() + routing();
  }

  /** The same by what it does to packets, whatever the order in which chains were made. */
  String effect() throws CommandException {
    return String.join("\n", NftRules.byChain(run("nft", "-s", "list", "ruleset")))
        + legacy()
        + routing();
  }

  /**
   * The rules of the legacy variant of iptables; a table without any looks as if never asked for.
   */
  private String legacy() throws CommandException {
    StringBuilder rules = new StringBuilder();
    for (String program : List.of("iptables-legacy-save", "ip6tables-legacy-save")) {
      for (String table : withoutTimes(run(program)).split("(?<=COMMIT\n)", -1)) {
        if (table.contains("\n-A ") || table.contains(" - ")) {
          rules.append("$ ").append(program).append('\n').append(table);
        }
      }
    }
    return rules.toString();
  }

  private String routing() throws CommandException {
    StringBuilder state = new StringBuilder();
    for (List<String> command :
        List.of(
            List.of("ip", "-4", "rule"),
            List.of("ip", "-6", "rule"),
            List.of("ip", "-4", "route", "show", "table", "all"),
            List.of("ip", "-6", "route", "show", "table", "all"),
            List.of("ip", "-o", "addr", "show", "dev", "lo"))) {
      state.append("$ ").append(String.join(" ", command)).append('\n');
      state.append(run(command.toArray(String[]::new)));
    }
    return state.toString();
  }

  /** What iptables-save prints for both families, without the lines that hold the time. */
  String saved() throws CommandException {
    return withoutTimes(run("iptables-save")) + withoutTimes(run("ip6tables-save"));
  }

  private static String withoutTimes(String saved) {
    return saved
        .lines()
        .filter(line -> !line.startsWith("#"))
        .map(line -> line.replaceAll("\\[\\d+:\\d+]", "") + "\n")
        .collect(Collectors.joining());
  }

  @Override
  public void close() throws CommandException {
    Command.of("ip", "netns", "del", name).runOrThrow();
  }
}
