// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules;

import dev.sluice.rules.RoutingEntry.LocalDefaultRoute;
import dev.sluice.rules.RoutingEntry.LocalSourceRule;
import dev.sluice.rules.RoutingEntry.LoopbackAddress;
import dev.sluice.rules.RoutingEntry.MarkRule;
import java.util.ArrayList;
import java.util.List;

/**
 * From options to the program: the rules of istio-iptables (tools/istio-iptables/pkg/capture/run.go
 * of istio/istio) in chains of our own, and what ours needs besides. Pure.
 */
public final class RulePlanner {
  /** Asked first; all stand before the main table's 32766. */
  static final int MARK_PREFERENCE = 13370;

  static final int LOCAL_SOURCE_PREFERENCE = 13371;

  /** With TPROXY for what leaves. */
  static final int OUTBOUND_PREFERENCE = 13372;

  private RulePlanner() {}

  /** The program for {@code families}, in that order. */
  public static RuleProgram plan(RuleOptions options, List<Family> families) {
    return new RuleProgram(
        families.stream().map(family -> planFamily(new FamilyView(options, family))).toList());
  }

  private static FamilyProgram planFamily(FamilyView view) {
    boolean node = view.options().interception() == Interception.NODE;
    List<TableProgram> tables = node ? NodeTables.plan(view) : besideTheProxy(view);
    return new FamilyProgram(
        view.family(),
        tables.stream().filter(table -> !table.chains().isEmpty()).toList(),
        node ? nodeRouting() : routing(view));
  }

  private static List<TableProgram> besideTheProxy(FamilyView view) {
    List<TableProgram> tables =
        new ArrayList<>(List.of(MangleTable.plan(view), RedirectTable.plan(view)));
    if (view.capturesDns()) {
      tables.add(DnsRules.zones(view));
    }
    return tables;
  }

  private static List<RoutingEntry> nodeRouting() {
    return List.of(
        new LocalDefaultRoute(NodeTables.ROUTE_TABLE),
        new MarkRule(
            NodeTables.MARK_PREFERENCE, NodeTables.TO_APPLICATION, NodeTables.ROUTE_TABLE));
  }

  private static List<RoutingEntry> routing(FamilyView view) {
    List<RoutingEntry> entries = new ArrayList<>();
    Interception interception = view.options().interception();
    ProxyIdentity proxy = view.options().proxy();
    int table = proxy.routeTable();
    boolean inbound = interception.inboundByTproxy() && view.capturesInbound();
    boolean outbound = interception.outboundByTproxy() && view.capturesOutbound();
    if (inbound || outbound) {
      entries.add(new LocalDefaultRoute(table));
    }
    if (inbound) {
      entries.add(new MarkRule(MARK_PREFERENCE, proxy.mark(), table));
      // The proxy dials 127.0.0.1 or ::1 from the client's address. The application's answers go
      // from loopback to that address: without this rule the kernel looks for a way out of the host
      // and, in IPv4, refuses it (EINVAL), unless route_localnet is set for the interface.
      entries.add(
          new LocalSourceRule(LOCAL_SOURCE_PREFERENCE, view.family().loopbackSubnet(), table));
    }
    if (outbound) {
      entries.add(new MarkRule(OUTBOUND_PREFERENCE, RuleOptions.OUTBOUND_MARK, table));
    }
    if (view.family() == Family.IPV6) {
      // 127.0.0.6 is an address of lo as it is; its IPv6 twin has to be made one.
      entries.add(new LoopbackAddress(view.family().passthroughSource()));
    }
    return entries;
  }
}
