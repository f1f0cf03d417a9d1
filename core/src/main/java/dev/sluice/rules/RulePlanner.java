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
  /** Asked before {@link #LOCAL_SOURCE_PREFERENCE}; both stand before the main table's 32766. */
  static final int MARK_PREFERENCE = 13370;

  static final int LOCAL_SOURCE_PREFERENCE = 13371;

  private RulePlanner() {}

  /**
   * The program for {@code families}, in that order.
   *
   * @throws InvalidRuleOptionsException for options that have no program yet
   */
  public static RuleProgram plan(RuleOptions options, List<Family> families) {
    refuseWhatIsMissing(options);
    return new RuleProgram(families.stream().map(family -> planFamily(options, family)).toList());
  }

  private static void refuseWhatIsMissing(RuleOptions options) {
    Selection selection = options.selection();
    boolean planned =
        options.interception() != Interception.NODE
            && !options.interception().outboundByTproxy()
            && options.proxy().users().size() == 1
            && options.proxy().groups().size() == 1
            && selection.inbound() instanceof InboundSelection.AllExcept
            && selection.outbound().equals(OutboundSelection.ALL)
            && selection.interfaces().equals(InterfaceSelection.NONE)
            && options.dns() instanceof DnsCapture.Off
            && !options.dropInvalid();
    if (!planned) {
      throw new InvalidRuleOptionsException(List.of("these options have no rules yet"));
    }
  }

  private static FamilyProgram planFamily(RuleOptions options, Family family) {
    List<TableProgram> tables = new ArrayList<>();
    if (options.interception().inboundByTproxy()) {
      tables.add(TproxyTable.plan(options, family));
    }
    tables.add(RedirectTable.plan(options, family));
    return new FamilyProgram(family, tables, routing(options, family));
  }

  private static List<RoutingEntry> routing(RuleOptions options, Family family) {
    List<RoutingEntry> entries = new ArrayList<>();
    if (options.interception().inboundByTproxy()) {
      int table = options.proxy().routeTable();
      entries.add(new LocalDefaultRoute(table));
      entries.add(new MarkRule(MARK_PREFERENCE, options.proxy().mark(), table));
      // The proxy dials 127.0.0.1 or ::1 from the client's address. The application's answers go
      // from loopback to that address: without this rule the kernel looks for a way out of the host
      // and, in IPv4, refuses it (EINVAL), unless route_localnet is set for the interface.
      entries.add(new LocalSourceRule(LOCAL_SOURCE_PREFERENCE, family.loopbackSubnet(), table));
    }
    if (family == Family.IPV6) {
      // 127.0.0.6 is an address of lo as it is; its IPv6 twin has to be made one.
      entries.add(new LoopbackAddress(family.passthroughSource()));
    }
    return entries;
  }
}
