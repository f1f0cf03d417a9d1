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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A host with both variants of iptables, and nft. */
final class VariantsIT {
  private static final RuleProgram PROGRAM =
      RulePlanner.plan(
          RuleOptions.defaults(Interception.TPROXY), List.of(Family.IPV4, Family.IPV6));

  /** Of each family: what came and what leaves, in mangle; what leaves, and ports used before. */
  private static final long JUMPS = 4 * 2;

  private final ThrowawayNamespace namespace;

  VariantsIT() throws CommandException {
    namespace = ThrowawayNamespace.open();
  }

  @AfterEach
  void removeNamespace() throws CommandException {
    namespace.close();
  }

  @Test
  void holdsOneProgramAfterThreeRunsAndNoneAfterACleanUp() throws IOException {
    for (int run = 0; run < 3; run++) {
      assertThat(installer().apply(PROGRAM)).isEqualTo("iptables-nft");
    }
    assertThat(jumps("nft")).isEqualTo(JUMPS);
    assertThat(saved("legacy")).isEmpty();

    assertThat(installer().cleanUp()).isTrue();
    assertThat(saved("nft") + saved("legacy")).isEmpty();
  }

  @Test
  void joinsTheRulesOfOthersInTheLegacyVariant() throws IOException {
    namespace.run("ip6tables-legacy", "-t", "nat", "-A", "OUTPUT", "-p", "udp", "-j", "RETURN");

    for (int run = 0; run < 3; run++) {
      assertThat(installer().apply(PROGRAM)).isEqualTo("iptables-legacy");
    }
    assertThat(jumps("legacy")).isEqualTo(JUMPS);
    assertThat(saved("nft")).isEmpty();

    assertThat(installer().cleanUp()).isTrue();
    assertThat(saved("legacy")).isEqualTo("-A OUTPUT -p udp -j RETURN");
  }

  @Test
  void stayWithNftWhereTheLegacyVariantHoldsEmptyTablesOnly() throws IOException {
    namespace.run("iptables-legacy", "-t", "nat", "-L");

    assertThat(installer().apply(PROGRAM)).isEqualTo("iptables-nft");
  }

  @Test
  void movesTheProgramToTheBackendThatIsAskedFor() throws IOException {
    for (BackendChoice choice :
        List.of(
            BackendChoice.IPTABLES_LEGACY,
            BackendChoice.NFTABLES,
            BackendChoice.IPTABLES_NFT,
            BackendChoice.IPTABLES_LEGACY)) {
      RuleInstaller installer = new RuleInstaller(choice, namespace.runner());
      installer.apply(PROGRAM);

      assertThat(installer.verify(PROGRAM).difference()).isEmpty();
      assertThat(jumps("legacy")).isEqualTo(choice == BackendChoice.IPTABLES_LEGACY ? JUMPS : 0);
      assertThat(jumps("nft")).isEqualTo(choice == BackendChoice.IPTABLES_NFT ? JUMPS : 0);
    }
  }

  private RuleInstaller installer() {
    return new RuleInstaller(namespace.runner());
  }

  private long jumps(String variant) throws CommandException {
    return saved(variant)
        .lines()
        .filter(line -> line.matches("-A (PREROUTING|OUTPUT) .*SLUICE.*"))
        .count();
  }

  /** Rules and chains of both families, all that a variant holds. */
  private String saved(String variant) throws CommandException {
    String both =
        namespace.run("iptables-" + variant + "-save")
            + namespace.run("ip6tables-" + variant + "-save");
    return String.join(
        "\n",
        both.lines()
            .filter(line -> line.startsWith("-A") || (line.startsWith(":") && line.contains(" - ")))
            .toList());
  }
}
