// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules;

import dev.sluice.net.ExemptMark;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * Sets of options by name: one for each option, and those whose options have to do with each other.
 * For each there is a program in {@code golden/NAME.txt}.
 */
public final class GoldenOptions {
  private static final RuleOptions REDIRECT = RuleOptions.defaults(Interception.REDIRECT);
  private static final RuleOptions TPROXY = RuleOptions.defaults(Interception.TPROXY);
  private static final RuleOptions NODE =
      RuleOptions.defaults(Interception.NODE)
          .withSelection(Selection.INJECTOR.withInbound(new InboundSelection.AllExcept(List.of())));
  private static final DnsCapture SERVERS =
      new DnsCapture.Servers(
          List.of(
              NameServer.of(Subnet.parse("10.96.0.10").address()),
              NameServer.of(Subnet.parse("127.0.0.53").address()),
              new NameServer(Subnet.parse("fe80::1").address(), Optional.of("eth0"))));

  private GoldenOptions() {}

  /** All of them. */
  public static Map<String, RuleOptions> byName() {
    Map<String, RuleOptions> all = new TreeMap<>();
    modes(all);
    inbound(all);
    outbound(all);
    owners(all);
    interfaces(all);
    dns(all);
    node(all);
    return all;
  }

  private static void modes(Map<String, RuleOptions> all) {
    for (Interception interception : Interception.values()) {
      if (interception != Interception.NODE) {
        all.put(
            interception.name().toLowerCase(Locale.ROOT).replace('_', '-'),
            RuleOptions.defaults(interception));
      }
    }
    all.put("ports", REDIRECT.withPorts(new ProxyPorts(25001, 25006, 25008, 25053)));
    all.put(
        "tproxy-mark-and-table",
        TPROXY.withProxy(new ProxyIdentity(List.of(1337L), List.of(1337L), 77, 99)));
    all.put("drop-invalid", REDIRECT.withDropInvalid(true));
    all.put("tproxy-drop-invalid", TPROXY.withDropInvalid(true));
  }

  private static void inbound(Map<String, RuleOptions> all) {
    InboundSelection some = new InboundSelection.Only(ports("80", "8000-8010"));
    InboundSelection none = new InboundSelection.Only(List.of());
    InboundSelection most = new InboundSelection.AllExcept(ports("22", "9000-9100"));
    all.put("inbound-ports", inbound(REDIRECT, some));
    all.put("inbound-none", inbound(REDIRECT, none));
    all.put("inbound-excluded-ports", inbound(REDIRECT, most));
    all.put("tproxy-inbound-ports", inbound(TPROXY, some));
    all.put("tproxy-inbound-none", inbound(TPROXY, none));
    all.put("tproxy-inbound-excluded-ports", inbound(TPROXY, most));
  }

  private static void outbound(Map<String, RuleOptions> all) {
    OutboundSelection some =
        OutboundSelection.of(subnets("10.0.0.0/8", "192.168.1.7/32", "fd00::/8"));
    OutboundSelection but =
        OutboundSelection.ALL.without(
            List.of(Subnet.parse("10.1.2.3/16"), Subnet.parse("2001:db8::/32")));
    OutboundSelection portsToo = some.withPorts(ports("443", "8000-8010"), ports("25"));
    all.put("outbound-destinations", outbound(REDIRECT, some));
    all.put("outbound-excluded-destinations", outbound(REDIRECT, but));
    all.put("outbound-none", outbound(REDIRECT, OutboundSelection.NONE));
    all.put(
        "outbound-ports",
        outbound(
            REDIRECT, OutboundSelection.NONE.withPorts(ports("443"), ports("25", "6000-6063"))));
    all.put("outbound-destinations-and-ports", outbound(REDIRECT, portsToo));
    all.put(
        "outbound-loopback",
        outbound(REDIRECT, OutboundSelection.of(subnets("127.0.0.0/8", "::1/128"))));
    all.put(
        "outbound-loopback-ipv6-alone",
        outbound(REDIRECT, OutboundSelection.of(subnets("10.0.0.0/8", "::1/128"))));
    all.put(
        "loopback-range",
        outbound(REDIRECT, OutboundSelection.ALL.withLoopback(Subnet.parse("127.0.0.0/8"))));
    all.put(
        "exempt-mark",
        outbound(REDIRECT, OutboundSelection.ALL.withExempt(Optional.of(new ExemptMark(0x2000)))));
    all.put(
        "exempt-mark-none", outbound(REDIRECT, OutboundSelection.ALL.withExempt(Optional.empty())));
    all.put(
        "tproxy-both-destinations-and-ports",
        outbound(RuleOptions.defaults(Interception.TPROXY_BOTH), portsToo));
  }

  private static void owners(Map<String, RuleOptions> all) {
    ProxyIdentity several = new ProxyIdentity(List.of(1L, 2L), List.of(3L, 4L), 1337, 133);
    all.put("several-proxy-owners", REDIRECT.withProxy(several));
    all.put("tproxy-several-proxy-owners", TPROXY.withProxy(several));
    all.put("owner-groups", groups(new GroupSelection.Only(List.of(1000L, 1001L))));
    all.put(
        "owner-groups-many",
        groups(new GroupSelection.Only(LongStream.range(2000, 2064).boxed().toList())));
    all.put("owner-groups-none", groups(new GroupSelection.Only(List.of())));
    all.put("owner-groups-excluded", groups(new GroupSelection.AllExcept(List.of(1000L, 1001L))));
    all.put(
        "owner-groups-dns",
        groups(new GroupSelection.Only(List.of(1000L))).withDns(new DnsCapture.Everything()));
    all.put(
        "owner-groups-excluded-dns",
        groups(new GroupSelection.AllExcept(List.of(1000L))).withDns(new DnsCapture.Everything()));
  }

  private static void interfaces(Map<String, RuleOptions> all) {
    InterfaceSelection excluded = new InterfaceSelection(List.of("eth1", "cali+"), List.of());
    InterfaceSelection virtual = new InterfaceSelection(List.of(), List.of("tap0", "tap1"));
    Selection some =
        Selection.INJECTOR.withOutbound(OutboundSelection.of(subnets("10.0.0.0/8", "fd00::/8")));
    all.put("excluded-interfaces", interfaces(REDIRECT, excluded));
    all.put("tproxy-excluded-interfaces", interfaces(TPROXY, excluded));
    all.put(
        "tproxy-both-excluded-interfaces",
        interfaces(RuleOptions.defaults(Interception.TPROXY_BOTH), excluded));
    all.put("virtual-interfaces", interfaces(REDIRECT, virtual));
    all.put("virtual-interfaces-destinations", interfaces(REDIRECT.withSelection(some), virtual));
    all.put("tproxy-virtual-interfaces", interfaces(TPROXY, virtual));
    all.put(
        "tproxy-both-virtual-interfaces",
        interfaces(RuleOptions.defaults(Interception.TPROXY_BOTH), virtual));
    all.put(
        "tproxy-outbound-virtual-interfaces",
        interfaces(RuleOptions.defaults(Interception.TPROXY_OUTBOUND), virtual));
    all.put(
        "interface-excluded-and-virtual",
        interfaces(REDIRECT, new InterfaceSelection(List.of("tap0"), List.of("tap0"))));
    all.put(
        "drop-invalid-excluded-interfaces", interfaces(REDIRECT, excluded).withDropInvalid(true));
  }

  private static void dns(Map<String, RuleOptions> all) {
    DnsCapture any = new DnsCapture.Everything();
    all.put("dns-servers", REDIRECT.withDns(SERVERS));
    all.put("dns-all", REDIRECT.withDns(any));
    all.put("dns-tproxy", TPROXY.withDns(any));
    all.put("dns-tproxy-both", RuleOptions.defaults(Interception.TPROXY_BOTH).withDns(SERVERS));
    all.put(
        "dns-port-excluded",
        outbound(REDIRECT, OutboundSelection.ALL.withPorts(List.of(), ports("53"))).withDns(any));
    all.put("dns-alone", outbound(REDIRECT, OutboundSelection.NONE).withDns(any));
    all.put(
        "dns-excluded-interfaces",
        interfaces(REDIRECT, new InterfaceSelection(List.of("eth1"), List.of())).withDns(any));
    all.put(
        "dns-several-proxy-owners",
        REDIRECT
            .withProxy(new ProxyIdentity(List.of(1L, 2L), List.of(3L), 1337, 133))
            .withDns(any));
  }

  private static void node(Map<String, RuleOptions> all) {
    all.put("node", NODE);
    all.put("node-dns", NODE.withDns(new DnsCapture.Everything()));
    all.put("node-inbound-none", inbound(NODE, new InboundSelection.Only(List.of())));
    all.put(
        "node-selection",
        NODE.withDropInvalid(true)
            .withSelection(
                new Selection(
                    new InboundSelection.Only(ports("80", "8000-8010")),
                    OutboundSelection.of(subnets("10.0.0.0/8", "fd00::/8"))
                        .withPorts(ports("443"), ports("25"))
                        .without(List.of(Subnet.parse("10.1.0.0/16")))
                        .withGroups(new GroupSelection.AllExcept(List.of(1000L))),
                    new InterfaceSelection(List.of("eth1"), List.of("tap0")))));
  }

  private static RuleOptions inbound(RuleOptions options, InboundSelection inbound) {
    return options.withSelection(options.selection().withInbound(inbound));
  }

  private static RuleOptions outbound(RuleOptions options, OutboundSelection outbound) {
    return options.withSelection(options.selection().withOutbound(outbound));
  }

  private static RuleOptions groups(GroupSelection groups) {
    return outbound(REDIRECT, OutboundSelection.ALL.withGroups(groups));
  }

  private static RuleOptions interfaces(RuleOptions options, InterfaceSelection interfaces) {
    return options.withSelection(options.selection().withInterfaces(interfaces));
  }

  private static AddressSelection subnets(String... texts) {
    return new AddressSelection.Only(Stream.of(texts).map(Subnet::parse).toList());
  }

  private static List<PortRange> ports(String... texts) {
    return Stream.of(texts)
        .map(text -> text.split("-", -1))
        .map(
            ends ->
                new PortRange(Integer.parseInt(ends[0]), Integer.parseInt(ends[ends.length - 1])))
        .toList();
  }
}
