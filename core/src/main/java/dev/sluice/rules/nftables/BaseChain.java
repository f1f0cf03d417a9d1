// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.nftables;

import dev.sluice.rules.Hook;
import dev.sluice.rules.Table;
import java.util.Locale;

/**
 * How the kernel calls a chain. The priority is that of the table in iptables, so that the order
 * against conntrack, routing and the rules of others is the same (linux/netfilter_ipv4.h).
 *
 * @param type {@code route} routes a packet anew when its mark was changed
 * @param priority smaller is asked earlier; conntrack has -200
 * @param policy what becomes of a packet at the end
 */
record BaseChain(String type, String hook, int priority, String policy) {
  static BaseChain of(Table table, Hook hook) {
    return switch (table) {
      case RAW -> accepting("filter", hook, -300);
      case MANGLE -> accepting(hook == Hook.OUTPUT ? "route" : "filter", hook, -150);
      case NAT -> accepting("nat", hook, -100);
      case FILTER -> accepting("filter", hook, 0);
    };
  }

  private static BaseChain accepting(String type, Hook hook, int priority) {
    return new BaseChain(type, hook.name().toLowerCase(Locale.ROOT), priority, "accept");
  }

  /** As nft reads it. */
  @Override
  public String toString() {
    return "type %s hook %s priority %d; policy %s;".formatted(type, hook, priority, policy);
  }
}
