// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.rules;

import dev.sluice.process.CommandException;
import dev.sluice.rules.install.BackendChoice;
import java.util.ArrayList;
import java.util.List;

/** A backend, and the program by which everybody else makes rules beside it. */
enum Host {
  IPTABLES_NFT(BackendChoice.IPTABLES_NFT, "-nft"),
  IPTABLES_LEGACY(BackendChoice.IPTABLES_LEGACY, "-legacy"),
  NFTABLES(BackendChoice.NFTABLES, "-nft");

  private final BackendChoice choice;
  private final String infix;

  Host(BackendChoice choice, String infix) {
    this.choice = choice;
    this.infix = infix;
  }

  BackendChoice choice() {
    return choice;
  }

  String iptables() {
    return "iptables" + infix;
  }

  String ip6tables() {
    return "ip6tables" + infix;
  }

  /** Both families' rules that have nothing to do with ours, in order. */
  List<String> foreignRules(ThrowawayNamespace namespace) throws CommandException {
    List<String> rules = new ArrayList<>();
    for (String program : List.of(iptables(), ip6tables())) {
      namespace
          .run(program + "-save")
          .lines()
          .filter(line -> line.startsWith("-A") && !line.contains("SLUICE"))
          .forEach(rules::add);
    }
    return rules;
  }

  /** Takes a part of a TPROXY program away, in both families. */
  void damage(ThrowawayNamespace namespace) throws CommandException {
    if (choice == BackendChoice.NFTABLES) {
      namespace.run("nft", "flush", "chain", "ip", "sluice_nat", "OUTPUT");
      namespace.run("nft", "flush", "table", "ip6", "sluice_mangle");
    } else {
      namespace.run(iptables(), "-t", "nat", "-F", "OUTPUT");
      namespace.run(ip6tables(), "-t", "mangle", "-F");
    }
  }
}
