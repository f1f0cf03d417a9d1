// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/** Options as they look from one address family. Immutable. */
record FamilyView(RuleOptions options, Family family) {
  private static final int DNS_PORT = 53;

  /** Queries for names are recognised by it. */
  static final Match TO_DNS = new Match.DestinationPort(DNS_PORT);

  /** Answers come from it. */
  static final Match FROM_DNS = new Match.SourcePort(PortRange.of(DNS_PORT));

  Selection selection() {
    return options.selection();
  }

  OutboundSelection outbound() {
    return selection().outbound();
  }

  /** What an application calls to talk to itself. */
  Match.Destination loopback() {
    return new Match.Destination(family == Family.IPV4 ? outbound().loopback() : family.loopback());
  }

  /** The proxy's sockets, one match for each owner. */
  List<Match> owners() {
    Stream<Match> users = options.proxy().users().stream().distinct().map(Match.OwnerUser::new);
    Stream<Match> groups = options.proxy().groups().stream().distinct().map(Match.OwnerGroup::new);
    return Stream.concat(users, groups).toList();
  }

  boolean capturesInbound() {
    return switch (selection().inbound()) {
      case InboundSelection.AllExcept _ -> true;
      case InboundSelection.Only(List<PortRange> ports) -> !ports.isEmpty();
    };
  }

  /** Interfaces that nothing is captured from; {@link InterfaceSelection} says who wins. */
  List<String> excludedArrivals() {
    InterfaceSelection interfaces = selection().interfaces();
    return interfaces.excluded().stream()
        .filter(name -> !interfaces.virtual().contains(name))
        .toList();
  }

  /** One list of matches for each way to be a captured destination; empty if there is none. */
  List<List<Match>> destinations() {
    return switch (outbound().destinations()) {
      case AddressSelection.All() -> List.of(List.of());
      case AddressSelection.Only(List<Subnet> subnets) ->
          ofFamily(subnets).map(subnet -> List.<Match>of(new Match.Destination(subnet))).toList();
    };
  }

  List<Subnet> excludedDestinations() {
    return ofFamily(outbound().excludedDestinations()).toList();
  }

  /** Whether somebody's connections may leave through the proxy. */
  boolean capturesOutbound() {
    return someGroup() && (!destinations().isEmpty() || !outbound().ports().isEmpty());
  }

  /**
   * Whether a loopback range is to be captured, so that connections within this host aren't left
   * alone. Looks at the address as it was written, as Istio does: 0.0.0.0/0 is no loopback range.
   */
  boolean capturesLoopback() {
    return outbound().destinations() instanceof AddressSelection.Only(List<Subnet> subnets)
        && ofFamily(subnets).anyMatch(subnet -> subnet.address().isLoopbackAddress());
  }

  /** Whether look-ups in this family are captured. */
  boolean capturesDns() {
    boolean excluded = outbound().excludedPorts().stream().anyMatch(p -> p.contains(DNS_PORT));
    return someGroup() && !excluded && !toNameServers().isEmpty();
  }

  /** What tells packets to each captured name server, beside protocol and port. */
  List<List<Match>> toNameServers() {
    return nameServers(
        server ->
            matches(
                new Match.Destination(server.subnet()),
                server.zone().map(Match.OutInterface::new)));
  }

  /** What tells packets from each captured name server, beside protocol and port. */
  List<List<Match>> fromNameServers() {
    return nameServers(
        server ->
            matches(new Match.Source(server.subnet()), server.zone().map(Match.InInterface::new)));
  }

  private List<List<Match>> nameServers(Function<NameServer, List<Match>> matches) {
    return switch (options.dns()) {
      case DnsCapture.Off() -> List.of();
      case DnsCapture.Everything() -> List.of(List.of());
      case DnsCapture.Servers(List<NameServer> servers) ->
          servers.stream()
              .filter(server -> server.family() == family)
              .distinct()
              .map(matches)
              .toList();
    };
  }

  private static List<Match> matches(Match address, Optional<? extends Match> zone) {
    return Stream.concat(Stream.of(address), zone.stream()).toList();
  }

  private boolean someGroup() {
    return !(outbound().groups() instanceof GroupSelection.Only(List<Long> groups)
        && groups.isEmpty());
  }

  private Stream<Subnet> ofFamily(List<Subnet> subnets) {
    return subnets.stream().filter(subnet -> subnet.family() == family);
  }
}
