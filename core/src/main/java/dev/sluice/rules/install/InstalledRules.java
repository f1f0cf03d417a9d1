// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.install;

import dev.sluice.process.Command;
import dev.sluice.rules.CommandRunner;
import dev.sluice.rules.Family;
import dev.sluice.rules.FamilyProgram;
import dev.sluice.rules.Listing;
import dev.sluice.rules.NetfilterBackend;
import dev.sluice.rules.ProxyIdentity;
import dev.sluice.rules.RecoveredOptions;
import dev.sluice.rules.RuleOptions;
import dev.sluice.rules.RulesException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What of Sluice's rules is in one network namespace, and through which backend. Immutable.
 *
 * @param backend its name, for people
 * @param choice what has a {@link RuleInstaller} use that backend
 * @param listing what is there; never empty
 */
public record InstalledRules(String backend, BackendChoice choice, Listing listing) {
  private static final Pattern TABLE = Pattern.compile("1337\\d:.* lookup (\\d+)");

  /**
   * Asks every backend that is installed; changes nothing. More than one answer means that a
   * program is there twice.
   *
   * @throws RulesException if it can't be told, or no backend is installed
   */
  public static List<InstalledRules> find(CommandRunner runner) throws RulesException {
    Backends backends = Backends.choose(BackendChoice.AUTOMATIC, runner);
    List<InstalledRules> found = new ArrayList<>();
    for (NetfilterBackend backend :
        Stream.concat(Stream.of(backends.chosen()), backends.others().stream()).toList()) {
      Listing listing = backend.read();
      if (!listing.isEmpty()) {
        found.add(new InstalledRules(backend.name(), choiceOf(backend), listing));
      }
    }
    return found;
  }

  /**
   * The options that they were made with, read from them.
   *
   * @param runner runs commands where the rules are
   * @return empty if they can't be
   */
  public Optional<RuleOptions> options(CommandRunner runner) throws RulesException {
    return RecoveredOptions.of(listing.program(), routeTable(runner));
  }

  /** Those that they are for. */
  public List<Family> families() {
    return listing.program().families().stream().map(FamilyProgram::family).toList();
  }

  /** That of the policy rules; another is as good where there are none. */
  private static int routeTable(CommandRunner runner) throws RulesException {
    String rules = runner.attempt(Command.of("ip", "-N", "-4", "rule", "show")).output();
    Matcher table = TABLE.matcher(rules);
    return table.find() ? Integer.parseInt(table.group(1)) : ProxyIdentity.ISTIO.routeTable();
  }

  private static BackendChoice choiceOf(NetfilterBackend backend) {
    return switch (backend.name()) {
      case "iptables-legacy" -> BackendChoice.IPTABLES_LEGACY;
      case "iptables-nft" -> BackendChoice.IPTABLES_NFT;
      default -> BackendChoice.NFTABLES;
    };
  }
}
