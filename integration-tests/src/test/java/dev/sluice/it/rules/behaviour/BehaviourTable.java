// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.rules.behaviour;

import static dev.sluice.it.rules.behaviour.Dial.*;
import static dev.sluice.it.rules.behaviour.Place.DNS;
import static dev.sluice.it.rules.behaviour.Place.INBOUND;
import static dev.sluice.it.rules.behaviour.Place.OUTBOUND;
import static dev.sluice.it.rules.behaviour.Place.POD;
import static dev.sluice.it.rules.behaviour.Place.WORLD;

import dev.sluice.rules.GroupSelection;
import dev.sluice.rules.InboundSelection;
import dev.sluice.rules.Interception;
import dev.sluice.rules.ProxyIdentity;
import dev.sluice.rules.ProxyPorts;
import dev.sluice.rules.RuleOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What each set of options promises of each connection. Written by hand, from the meaning of the
 * options: a mode says what becomes of everything, and an option what it changes in that.
 */
final class BehaviourTable {
  private BehaviourTable() {}

  static List<OptionSet> rows() {
    List<OptionSet> rows = new ArrayList<>();
    for (OptionSet mode : List.of(redirect(), tproxy(), tproxyOutbound(), tproxyBoth())) {
      rows.add(mode);
      inbound(mode, rows);
      outbound(mode, rows);
      owners(mode, rows);
      interfaces(mode, rows);
      dns(mode, rows);
    }
    node(rows);
    return List.copyOf(rows);
  }

  /** Everything is captured but Istio's own ports, and nothing that stays within the pod. */
  private static OptionSet redirect() {
    return new OptionSet("REDIRECT", RuleOptions.defaults(Interception.REDIRECT), Map.of())
        .but(OUTBOUND, WEB, TLS, RANGE, FAR, FAR_TLS, GROUP_WEB, AGENT_WEB, ETH1_WEB, TO_PROBER)
        .but(OUTBOUND, LOOKUP_TCP, OTHER_LOOKUP_TCP, NODE_WEB, NODE_LOOKUP_TCP)
        .but(OUTBOUND, NEARLY_EXEMPT_WEB)
        .but(WORLD, EXEMPT_WEB, EXEMPT_TLS, EXEMPT_FAR, EXEMPT_AGENT_WEB, EXEMPT_LOOKUP_TCP)
        .but(POD, EXEMPT_OWN_OTHER_LOOPBACK)
        .but(POD, OWN_ADDRESS, OWN_LOOPBACK, OWN_OTHER_LOOPBACK, AGENT_OWN_ADDRESS, OWN_LOOKUP_TCP)
        .but(POD, GROUP_OWN_ADDRESS)
        .but(WORLD, DATAGRAM, LOOKUP, OTHER_LOOKUP, GROUP_LOOKUP, NODE_LOOKUP)
        .but(WORLD, PROXY_WEB, PROXY_GROUP_WEB, PROXY_USER_WEB, PROXY_LOOKUP, PROXY_LOOKUP_TCP)
        .but(WORLD, PROXY_GROUP_TLS, PROXY_USER_TLS, PROXY_GROUP_FAR, PROXY_USER_FAR)
        .but(WORLD, PROXY_GROUP_LOOKUP, PROXY_USER_LOOKUP)
        .but(INBOUND, PROXY_OWN_ADDRESS, PROXY_USER_OWN_ADDRESS, PROXY_GROUP_OWN_ADDRESS)
        .but(INBOUND, PROXY_OTHER_LOOPBACK, PROXY_OWN_LOOKUP, PROXY_OWN_OTHER_TUNNEL)
        .but(POD, PROXY_OWN_TUNNEL, PROXY_LOOPBACK, PASS_THROUGH)
        .but(INBOUND, ARRIVING, ARRIVING_OTHER, ARRIVING_RANGE, ARRIVING_ETH1)
        .but(INBOUND, ARRIVING_OTHER_TUNNEL, ARRIVING_FROM_PROBER)
        .but(INBOUND, MACHINE_WEB, MACHINE_FAR, THROUGH, THROUGH_RANGE, THROUGH_OTHER_TUNNEL)
        .but(WORLD, THROUGH_PROBE, THROUGH_METRICS, THROUGH_MERGED, THROUGH_TUNNEL)
        .but(POD, ARRIVING_PROBE, ARRIVING_METRICS, ARRIVING_MERGED, ARRIVING_TUNNEL)
        .but(POD, ARRIVING_DATAGRAM);
  }

  /** The same, and the proxy reaches the application from the client's address. */
  private static OptionSet tproxy() {
    return redirect()
        .with("TPROXY", RuleOptions.defaults(Interception.TPROXY))
        .but(POD, AS_CLIENT, USER_AS_CLIENT, AS_CLIENT_TO_LOOPBACK)
        .but(WORLD, GATEWAY_AS_CLIENT)
        // Its mark means something else here.
        .silentOn(NODE_WEB, NODE_LOOKUP, NODE_LOOKUP_TCP);
  }

  private static OptionSet tproxyOutbound() {
    return redirect().with("TPROXY outbound", RuleOptions.defaults(Interception.TPROXY_OUTBOUND));
  }

  private static OptionSet tproxyBoth() {
    return tproxy().with("TPROXY both", RuleOptions.defaults(Interception.TPROXY_BOTH));
  }

  /** There self-calls arrive like everything else, elsewhere all are inbound. */
  private static boolean isTproxyBoth(OptionSet mode) {
    return mode.options().interception() == Interception.TPROXY_BOTH;
  }

  private static void inbound(OptionSet mode, List<OptionSet> rows) {
    rows.add(
        mode.with("inbound 8080,8000-8010", inbound(mode, only("8080", "8000-8010")))
            .but(POD, ARRIVING_OTHER, ARRIVING_PROBE, ARRIVING_METRICS, ARRIVING_MERGED)
            .but(WORLD, MACHINE_WEB, MACHINE_FAR, THROUGH_PROBE, THROUGH_OTHER_TUNNEL)
            .silentOn(ARRIVING_OTHER_TUNNEL, PROXY_OWN_OTHER_TUNNEL)
            .butIf(isTproxyBoth(mode), POD, PROXY_OWN_LOOKUP));
    rows.add(
        mode.with("inbound but 8080,8000-8010", inbound(mode, allBut("8080", "8000-8010")))
            .but(POD, ARRIVING, ARRIVING_RANGE, ARRIVING_ETH1, ARRIVING_FROM_PROBER)
            .but(INBOUND, ARRIVING_PROBE, ARRIVING_METRICS, ARRIVING_MERGED, THROUGH_PROBE)
            .but(INBOUND, THROUGH_METRICS, THROUGH_MERGED)
            .but(WORLD, THROUGH, THROUGH_RANGE)
            .silentOn(GATEWAY_AS_CLIENT)
            .butIf(isTproxyBoth(mode), POD, PROXY_OWN_ADDRESS, PROXY_USER_OWN_ADDRESS)
            .butIf(isTproxyBoth(mode), POD, PROXY_GROUP_OWN_ADDRESS, PROXY_OTHER_LOOPBACK));
    rows.add(
        mode.with("inbound none", inbound(mode, only()))
            .but(POD, ARRIVING, ARRIVING_OTHER, ARRIVING_RANGE, ARRIVING_ETH1)
            .but(POD, ARRIVING_PROBE, ARRIVING_METRICS, ARRIVING_MERGED, ARRIVING_FROM_PROBER)
            .but(WORLD, MACHINE_WEB, MACHINE_FAR, THROUGH, THROUGH_PROBE, THROUGH_RANGE)
            .but(WORLD, THROUGH_OTHER_TUNNEL)
            .butIf(isTproxyBoth(mode), POD, PROXY_OWN_ADDRESS, PROXY_USER_OWN_ADDRESS)
            .butIf(isTproxyBoth(mode), POD, PROXY_GROUP_OWN_ADDRESS, PROXY_OTHER_LOOPBACK)
            .butIf(isTproxyBoth(mode), POD, PROXY_OWN_LOOKUP)
            .silentOn(PROXY_OWN_OTHER_TUNNEL)
            .silentOn(ARRIVING_OTHER_TUNNEL, AS_CLIENT, USER_AS_CLIENT, AS_CLIENT_TO_LOOPBACK)
            .silentOn(GATEWAY_AS_CLIENT));
    rows.add(
        mode.with(
                "other ports", mode.options().withPorts(new ProxyPorts(25001, 25006, 25008, 25053)))
            .but(POD, ARRIVING_OTHER_TUNNEL)
            .butIfPromised(POD, PROXY_OWN_OTHER_TUNNEL)
            .but(INBOUND, ARRIVING_TUNNEL, THROUGH_TUNNEL)
            .but(WORLD, THROUGH_OTHER_TUNNEL)
            .butIfPromised(INBOUND, PROXY_OWN_TUNNEL));
    rows.add(mode.with("invalid dropped", mode.options().withDropInvalid(true)));
  }

  private static void outbound(OptionSet mode, List<OptionSet> rows) {
    String service = "10.96.0.0/16";
    String service6 = "fd00:96::/32";
    rows.add(
        mode.with("destinations", Choices.destinations(mode, service, service6))
            .but(WORLD, FAR, FAR_TLS, ETH1_WEB, TO_PROBER, OTHER_LOOKUP_TCP));
    rows.add(
        mode.with("all but destinations", Choices.without(mode, service, service6))
            .but(WORLD, NEARLY_EXEMPT_WEB, WEB, TLS, RANGE, GROUP_WEB, AGENT_WEB, LOOKUP_TCP)
            .butIfPromised(WORLD, NODE_WEB, NODE_LOOKUP_TCP));
    rows.add(
        mode.with("port 443", Choices.ports(mode, List.of(), "443"))
            .but(
                WORLD,
                NEARLY_EXEMPT_WEB,
                WEB,
                RANGE,
                FAR,
                GROUP_WEB,
                AGENT_WEB,
                ETH1_WEB,
                TO_PROBER)
            .but(WORLD, LOOKUP_TCP, OTHER_LOOKUP_TCP)
            .butIfPromised(WORLD, NODE_WEB, NODE_LOOKUP_TCP));
    rows.add(
        mode.with(
                "destinations and port 443", Choices.ports(mode, List.of(service, service6), "443"))
            .but(WORLD, FAR, ETH1_WEB, TO_PROBER, OTHER_LOOKUP_TCP));
    rows.add(
        mode.with("all but ports", Choices.withoutPorts(mode, "80", "8000-8010"))
            .but(
                WORLD,
                NEARLY_EXEMPT_WEB,
                WEB,
                RANGE,
                FAR,
                GROUP_WEB,
                AGENT_WEB,
                ETH1_WEB,
                TO_PROBER)
            .butIfPromised(WORLD, NODE_WEB));
    rows.add(
        mode.with("outbound none", Choices.destinations(mode))
            .but(
                WORLD,
                NEARLY_EXEMPT_WEB,
                WEB,
                TLS,
                RANGE,
                FAR,
                FAR_TLS,
                GROUP_WEB,
                AGENT_WEB,
                ETH1_WEB,
                TO_PROBER)
            .but(WORLD, LOOKUP_TCP, OTHER_LOOKUP_TCP)
            .butIfPromised(WORLD, NODE_WEB, NODE_LOOKUP_TCP));
    rows.add(
        mode.with("no mark exempts", Choices.withoutExemptMark(mode))
            .but(
                OUTBOUND, EXEMPT_WEB, EXEMPT_TLS, EXEMPT_FAR, EXEMPT_AGENT_WEB, EXEMPT_LOOKUP_TCP));
    rows.add(
        mode.with(
                "destinations on loopback",
                Choices.destinations(mode, "127.0.0.0/8", "::1", "fd00:11::2"))
            .but(OUTBOUND, OWN_OTHER_LOOPBACK)
            .but(
                WORLD,
                NEARLY_EXEMPT_WEB,
                WEB,
                TLS,
                RANGE,
                FAR,
                FAR_TLS,
                GROUP_WEB,
                AGENT_WEB,
                ETH1_WEB,
                TO_PROBER)
            .but(WORLD, LOOKUP_TCP, OTHER_LOOKUP_TCP)
            .butIfPromised(WORLD, NODE_WEB, NODE_LOOKUP_TCP)
            // Captured by IPv6 alone.
            .silentOn(OWN_ADDRESS, GROUP_OWN_ADDRESS, AGENT_OWN_ADDRESS, OWN_LOOKUP_TCP));
  }

  private static void owners(OptionSet mode, List<OptionSet> rows) {
    rows.add(
        mode.with("two owners", mode.options().withProxy(proxy(List.of(1337L, 2000L), 1337L)))
            .but(WORLD, AGENT_WEB)
            .but(INBOUND, AGENT_OWN_ADDRESS));
    rows.add(
        mode.with("user 1337, group 3000", mode.options().withProxy(proxy(List.of(1337L), 3000L)))
            .but(WORLD, GROUP_WEB)
            .but(OUTBOUND, PROXY_GROUP_WEB)
            .butIfPromised(OUTBOUND, PROXY_GROUP_TLS, PROXY_GROUP_FAR)
            .silentOn(GATEWAY_AS_CLIENT)
            .but(POD, PROXY_GROUP_OWN_ADDRESS)
            .but(INBOUND, GROUP_OWN_ADDRESS));
    rows.add(
        mode.with("group 1000 only", groups(mode, new GroupSelection.Only(List.of(1000L))))
            .but(WORLD, GROUP_WEB, AGENT_WEB)
            .butIfPromised(WORLD, NODE_WEB, NODE_LOOKUP_TCP));
    rows.add(
        mode.with("all but group 1000", groups(mode, new GroupSelection.AllExcept(List.of(1000L))))
            .but(WORLD, NEARLY_EXEMPT_WEB, WEB, TLS, RANGE, FAR, FAR_TLS, ETH1_WEB, TO_PROBER)
            .but(WORLD, LOOKUP_TCP, OTHER_LOOKUP_TCP));
    rows.add(
        mode.with("no group", groups(mode, new GroupSelection.Only(List.of())))
            .but(
                WORLD,
                NEARLY_EXEMPT_WEB,
                WEB,
                TLS,
                RANGE,
                FAR,
                FAR_TLS,
                GROUP_WEB,
                AGENT_WEB,
                ETH1_WEB,
                TO_PROBER)
            .but(WORLD, LOOKUP_TCP, OTHER_LOOKUP_TCP)
            .butIfPromised(WORLD, NODE_WEB, NODE_LOOKUP_TCP));
  }

  /**
   * TPROXY can't tell the answers to what an interface that it leaves alone forwards from those to
   * the proxy.
   */
  private static OptionSet silentOnForwarding(OptionSet row) {
    return row.options().interception().inboundByTproxy()
        ? row.silentOn(MACHINE_WEB, MACHINE_FAR, GATEWAY_AS_CLIENT)
        : row;
  }

  private static void interfaces(OptionSet mode, List<OptionSet> rows) {
    rows.add(
        silentOnForwarding(
            mode.with("eth1 excluded", Choices.interfaces(mode, List.of("eth1"), List.of()))
                .but(WORLD, ETH1_WEB, MACHINE_WEB, MACHINE_FAR)
                .but(POD, ARRIVING_ETH1)));
    rows.add(
        mode.with("eth1 virtual", Choices.interfaces(mode, List.of(), List.of("eth1")))
            .but(OUTBOUND, MACHINE_WEB, MACHINE_FAR, ARRIVING_ETH1)
            .silentOn(GATEWAY_AS_CLIENT));
    rows.add(
        mode.with(
                "eth1 virtual and excluded",
                Choices.interfaces(mode, List.of("eth1"), List.of("eth1")))
            .but(WORLD, ETH1_WEB)
            .but(OUTBOUND, MACHINE_WEB, MACHINE_FAR, ARRIVING_ETH1)
            .silentOn(GATEWAY_AS_CLIENT));
    OptionSet some =
        mode.with("destinations", Choices.destinations(mode, "10.96.0.0/16", "fd00:96::/32"));
    rows.add(
        silentOnForwarding(
                mode.with(
                        "eth1 virtual, destinations",
                        Choices.interfaces(some, List.of(), List.of("eth1")))
                    .but(WORLD, FAR, FAR_TLS, ETH1_WEB, TO_PROBER, OTHER_LOOKUP_TCP, MACHINE_FAR)
                    .but(POD, ARRIVING_ETH1))
            .but(OUTBOUND, MACHINE_WEB));
  }

  private static void dns(OptionSet mode, List<OptionSet> rows) {
    OptionSet all = allLookups(mode);
    rows.add(all);
    rows.add(
        mode.with("name servers", Choices.nameServers(mode))
            .but(DNS, LOOKUP, LOOKUP_TCP, GROUP_LOOKUP, EXEMPT_LOOKUP_TCP)
            .butIfPromised(DNS, NODE_LOOKUP, NODE_LOOKUP_TCP)
            .but(POD, PROXY_OWN_LOOKUP));
    rows.add(
        all.with("port 53 excluded", Choices.withoutPorts(all, "53"))
            .but(WORLD, LOOKUP, LOOKUP_TCP, OTHER_LOOKUP, OTHER_LOOKUP_TCP, GROUP_LOOKUP)
            .but(WORLD, EXEMPT_LOOKUP_TCP)
            .butIfPromised(WORLD, NODE_LOOKUP, NODE_LOOKUP_TCP)
            .but(POD, OWN_LOOKUP_TCP)
            // With TPROXY still a self-call, without not.
            .silentOn(PROXY_OWN_LOOKUP));
    rows.add(
        all.with("outbound none", Choices.destinations(all))
            .but(
                WORLD,
                NEARLY_EXEMPT_WEB,
                WEB,
                TLS,
                RANGE,
                FAR,
                FAR_TLS,
                GROUP_WEB,
                AGENT_WEB,
                ETH1_WEB,
                TO_PROBER)
            .butIfPromised(WORLD, NODE_WEB));
    rows.add(
        all.with("group 1000 only", groups(all, new GroupSelection.Only(List.of(1000L))))
            .but(WORLD, GROUP_WEB, AGENT_WEB, GROUP_LOOKUP)
            .butIfPromised(WORLD, NODE_WEB, NODE_LOOKUP, NODE_LOOKUP_TCP));
    rows.add(
        all.with("all but group 3000", groups(all, new GroupSelection.AllExcept(List.of(3000L))))
            .but(WORLD, GROUP_WEB, GROUP_LOOKUP));
    rows.add(
        silentOnForwarding(
            all.with("eth1+ excluded", Choices.interfaces(all, List.of("eth1+"), List.of()))
                .but(WORLD, ETH1_WEB, MACHINE_WEB, MACHINE_FAR)
                .but(POD, ARRIVING_ETH1)));
  }

  private static OptionSet allLookups(OptionSet mode) {
    return mode.with("all look-ups", Choices.allLookups(mode))
        .but(DNS, LOOKUP, LOOKUP_TCP, OTHER_LOOKUP, OTHER_LOOKUP_TCP, GROUP_LOOKUP)
        .but(DNS, OWN_LOOKUP_TCP, EXEMPT_LOOKUP_TCP)
        .butIfPromised(DNS, NODE_LOOKUP, NODE_LOOKUP_TCP)
        .but(POD, PROXY_OWN_LOOKUP);
  }

  /** The proxy is known by its mark, and by no user. */
  private static void node(List<OptionSet> rows) {
    OptionSet node =
        redirect()
            .with("NODE", RuleOptions.defaults(Interception.NODE))
            .silentOn(PROXY_WEB, PROXY_GROUP_WEB, PROXY_USER_WEB, PROXY_LOOKUP, PROXY_LOOKUP_TCP)
            .silentOn(PROXY_OWN_ADDRESS, PROXY_USER_OWN_ADDRESS, PROXY_GROUP_OWN_ADDRESS)
            .silentOn(PROXY_OTHER_LOOPBACK, PROXY_OWN_LOOKUP, PROXY_OWN_TUNNEL, PROXY_LOOPBACK)
            .silentOn(PROXY_OWN_OTHER_TUNNEL, PASS_THROUGH, PROXY_GROUP_TLS, PROXY_USER_TLS)
            .silentOn(PROXY_GROUP_FAR, PROXY_USER_FAR, PROXY_GROUP_LOOKUP, PROXY_USER_LOOKUP)
            .but(WORLD, NODE_WEB, NODE_LOOKUP, NODE_LOOKUP_TCP, TO_PROBER)
            .but(POD, NODE_AS_CLIENT, ARRIVING_FROM_PROBER);
    rows.add(node);
    inbound(node, rows);
    outbound(node, rows);
    interfaces(node, rows);
    rows.add(
        node.with("all look-ups", Choices.allLookups(node))
            .but(DNS, LOOKUP, LOOKUP_TCP, OTHER_LOOKUP, OTHER_LOOKUP_TCP, GROUP_LOOKUP)
            .but(DNS, EXEMPT_LOOKUP_TCP));
  }

  private static RuleOptions inbound(OptionSet of, InboundSelection inbound) {
    return of.options().withSelection(of.options().selection().withInbound(inbound));
  }

  private static InboundSelection only(String... ports) {
    return new InboundSelection.Only(Choices.portRanges(ports));
  }

  private static InboundSelection allBut(String... ports) {
    return new InboundSelection.AllExcept(Choices.portRanges(ports));
  }

  private static RuleOptions groups(OptionSet of, GroupSelection groups) {
    return Choices.outbound(of, of.options().selection().outbound().withGroups(groups));
  }

  private static ProxyIdentity proxy(List<Long> users, long group) {
    return new ProxyIdentity(users, List.of(group), 1337, 133);
  }
}
