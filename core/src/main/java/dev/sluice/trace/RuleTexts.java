// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import dev.sluice.process.Command;
import dev.sluice.process.CommandException;
import dev.sluice.process.CommandResult;
import dev.sluice.process.Programs;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The rules of a namespace as {@code nft -a list ruleset} writes them, by handle. Stateless. */
final class RuleTexts {
  private static final Pattern TABLE = Pattern.compile("table (\\S+) (\\S+) \\{.*");
  private static final Pattern CHAIN = Pattern.compile("\\s+chain (\\S+) \\{.*");
  private static final Pattern RULE = Pattern.compile("\\s+(.*) # handle (\\d+)");

  /** One after the other: in one listing, nft can name matches of iptables of one family only. */
  private static final List<String> FAMILIES = List.of("ip", "ip6", "inet");

  private RuleTexts() {}

  /** True if nft is there to be asked. */
  static boolean available() {
    return Programs.find("nft").isPresent();
  }

  /**
   * Asks nft.
   *
   * @param namespace empty for that of this process
   * @throws CommandException if it fails
   */
  static Map<RuleKey, String> list(Place place, Optional<Path> namespace) throws CommandException {
    Map<RuleKey, String> rules = new HashMap<>();
    for (String family : FAMILIES) {
      Command command = Command.of("nft", "-s", "-a", "list", "ruleset", family);
      CommandResult result = namespace.map(command::inNetworkNamespace).orElse(command).run();
      if (!result.succeeded()) {
        throw new CommandException(
            "running '" + result.commandLine() + "': " + result.firstComplaint());
      }
      rules.putAll(parse(place.inode(), result.output()));
    }
    return rules;
  }

  static Map<RuleKey, String> parse(long place, String listing) {
    Map<RuleKey, String> rules = new HashMap<>();
    String family = "";
    String table = "";
    String chain = "";
    for (String line : listing.lines().toList()) {
      Matcher matcher = TABLE.matcher(line);
      if (matcher.matches()) {
        family = matcher.group(1);
        table = matcher.group(2);
        continue;
      }
      matcher = CHAIN.matcher(line);
      if (matcher.matches()) {
        chain = matcher.group(1);
        continue;
      }
      matcher = RULE.matcher(line);
      if (matcher.matches()) {
        rules.put(
            new RuleKey(place, family, table, chain, Long.parseLong(matcher.group(2))),
            matcher.group(1).strip());
      }
    }
    return rules;
  }
}
