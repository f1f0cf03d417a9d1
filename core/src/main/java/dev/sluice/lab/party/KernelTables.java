// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.party;

import dev.sluice.lab.topology.Family;
import dev.sluice.process.Command;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Predicate;

/**
 * How much one namespace holds of what netfilter and policy routing need. Immutable.
 *
 * @param tracked connections of one family that conntrack knows
 * @param rules lines of {@code iptables-save} that are rules, and all that {@code nft} lists
 * @param policyRules beside the kernel's own three
 * @param routes in other tables than {@code main} and {@code local}
 */
public record KernelTables(long tracked, long rules, long policyRules, long routes) {
  /** Neither rule nor route, and no connection is tracked. */
  public static final KernelTables EMPTY = new KernelTables(0, 0, 0, 0);

  /** Reads them as they are now. */
  public static KernelTables read(Path namespace, Family family) throws IOException {
    boolean v4 = family == Family.IPV4;
    String ip = v4 ? "-4" : "-6";
    String save = v4 ? "iptables-save" : "ip6tables-save";
    return new KernelTables(
        count(namespace, line -> true, "conntrack", "-L", "-f", family.text()),
        count(namespace, line -> line.startsWith("-A "), save)
            + count(namespace, line -> !line.isBlank(), "nft", "list", "ruleset"),
        count(
            namespace,
            line -> !line.matches(".* lookup (local|main|default) *"),
            "ip",
            ip,
            "rule",
            "show"),
        count(
            namespace,
            line -> line.contains(" table ") && !line.contains(" table local "),
            "ip",
            ip,
            "route",
            "show",
            "table",
            "all"));
  }

  /** As it is printed. */
  public String text() {
    return "tracked=%d rules=%d policy-rules=%d routes=%d"
        .formatted(tracked, rules, policyRules, routes);
  }

  private static long count(Path namespace, Predicate<String> wanted, String... command)
      throws IOException {
    return Command.of(command)
        .inNetworkNamespace(namespace)
        .runOrThrow()
        .lines()
        .filter(wanted)
        .count();
  }
}
