// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.rules;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.process.Command;
import dev.sluice.process.CommandException;
import dev.sluice.process.CommandResult;
import dev.sluice.rules.Family;
import dev.sluice.rules.GoldenOptions;
import dev.sluice.rules.RulePlanner;
import dev.sluice.rules.RuleProgram;
import dev.sluice.rules.install.BackendChoice;
import dev.sluice.rules.install.RuleInstaller;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is printed is what is applied, byte for byte. */
final class DryRunIT {
  private final ThrowawayNamespace namespace;
  private final StringBuilder applied = new StringBuilder();

  DryRunIT() throws CommandException {
    namespace = ThrowawayNamespace.open();
  }

  @AfterEach
  void removeNamespace() throws CommandException {
    namespace.close();
  }

  @ParameterizedTest
  @CsvSource({
    "IPTABLES_NFT, redirect",
    "IPTABLES_NFT, tproxy",
    "IPTABLES_NFT, dns-servers",
    "IPTABLES_NFT, node-dns",
    "IPTABLES_LEGACY, redirect",
    "IPTABLES_LEGACY, tproxy-both",
    "NFTABLES, redirect",
    "NFTABLES, tproxy",
    "NFTABLES, dns-servers"
  })
  void printsWhatIsFedToPrograms(BackendChoice choice, String options) throws IOException {
    RuleProgram program =
        RulePlanner.plan(
            Objects.requireNonNull(GoldenOptions.byName().get(options)),
            List.of(Family.IPV4, Family.IPV6));
    String before = namespace.state();
    String printed = new RuleInstaller(choice, namespace.runner()).dryRun(program);
    assertThat(namespace.state()).isEqualTo(before);

    new RuleInstaller(choice, this::record).apply(program);

    assertThat(printed).isEqualTo(applied.toString());
  }

  private CommandResult record(Command command) throws CommandException {
    String line = command.commandLine();
    if (!command.input().isEmpty()) {
      applied.append("# ").append(line).append('\n').append(command.input());
    } else if (line.matches(".* (add|del|delete) .*")) {
      applied.append(line).append('\n');
    }
    return namespace.runner().run(command);
  }
}
