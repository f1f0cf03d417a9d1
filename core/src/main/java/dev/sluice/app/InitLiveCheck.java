// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.intercept.LiveProbe;
import dev.sluice.linux.socket.AddressFamily;
import dev.sluice.linux.socket.SocketOwner;
import dev.sluice.rules.AddressSelection;
import dev.sluice.rules.DnsCapture;
import dev.sluice.rules.Family;
import dev.sluice.rules.FamilyProgram;
import dev.sluice.rules.GroupSelection;
import dev.sluice.rules.Interception;
import dev.sluice.rules.NameServer;
import dev.sluice.rules.OutboundSelection;
import dev.sluice.rules.PortRange;
import dev.sluice.rules.ProxyIdentity;
import dev.sluice.rules.RuleOptions;
import dev.sluice.rules.Subnet;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/** The connections by which {@code sluice init --run-validation} sees that rules capture. Pure. */
final class InitLiveCheck {
  /** Addresses for documentation (RFC 5737, RFC 3849): nobody is disturbed if one gets out. */
  private static final List<String> ANYWHERE = List.of("192.0.2.1", "2001:db8::1");

  private final RuleOptions options;
  private final OutboundSelection outbound;
  private final ProxyIdentity proxy;
  private final int probePort;

  private InitLiveCheck(RuleOptions options, int probePort) {
    this.options = options;
    this.outbound = options.selection().outbound();
    this.proxy = options.proxy();
    this.probePort = probePort;
  }

  /**
   * One for each direction and family that the program captures.
   *
   * @param probePort the port that inbound probes dial
   */
  static List<LiveProbe> probes(InitPlan plan, int probePort) {
    InitLiveCheck check = new InitLiveCheck(plan.options(), probePort);
    // The proxy on the node is known by a mark, which its probes would need a pod's namespace for.
    if (plan.options().interception() == Interception.NODE) {
      return List.of();
    }
    return plan.program().families().stream()
        .map(FamilyProgram::family)
        .flatMap(family -> check.probes(family).stream())
        .toList();
  }

  private List<LiveProbe> probes(Family family) {
    List<LiveProbe> probes = new ArrayList<>();
    AddressFamily addresses = family == Family.IPV4 ? AddressFamily.INET : AddressFamily.INET6;
    boolean isLoopback =
        family == Family.IPV4 && outbound.loopback().overlaps(family.passthroughSource());
    if (!isLoopback && !excluded(probePort)) {
      probes.add(
          LiveProbe.inbound(
              addresses,
              probePort,
              options.ports().inbound(),
              new SocketOwner(proxy.users().getFirst(), proxy.groups().getFirst())));
    }
    application().ifPresent(owner -> probes.addAll(leaving(family, owner)));
    return probes;
  }

  private List<LiveProbe> leaving(Family family, SocketOwner application) {
    List<LiveProbe> probes = new ArrayList<>();
    destination(family)
        .ifPresent(
            destination ->
                probes.add(
                    LiveProbe.outbound(destination, options.ports().outbound(), application)));
    nameServer(family)
        .ifPresent(
            server -> {
              int port = options.ports().dns();
              probes.add(LiveProbe.dnsByTcp(server, port, application));
              probes.add(LiveProbe.dnsByUdp(server, port, application));
            });
    return probes;
  }

  /** Somebody whose connections are captured. */
  private Optional<SocketOwner> application() {
    Optional<Long> group =
        switch (outbound.groups()) {
          case GroupSelection.Only(List<Long> groups) ->
              groups.stream().filter(id -> !proxy.groups().contains(id)).findFirst();
          case GroupSelection.AllExcept(List<Long> groups) ->
              LongStream.rangeClosed(60_000, 65_534)
                  .boxed()
                  .sorted(Comparator.reverseOrder())
                  .filter(id -> !groups.contains(id) && !proxy.groups().contains(id))
                  .findFirst();
        };
    long user =
        LongStream.of(65_534, 65_533, 65_532)
            .filter(id -> !proxy.users().contains(id))
            .findFirst()
            .orElse(65_531);
    return group.map(id -> new SocketOwner(user, id));
  }

  private Optional<InetSocketAddress> destination(Family family) {
    Stream<InetAddress> candidates =
        switch (outbound.destinations()) {
          case AddressSelection.All() -> ANYWHERE.stream().map(InetAddress::ofLiteral);
          case AddressSelection.Only(List<Subnet> subnets) ->
              subnets.stream().map(Subnet::cut).map(Subnet::address);
        };
    Optional<InetAddress> within = candidates.filter(a -> captured(family, a)).findFirst();
    if (within.isPresent()) {
      return port(IntStream.of(80, 8080, 9)).map(p -> new InetSocketAddress(within.get(), p));
    }
    return ANYWHERE.stream()
        .map(InetAddress::ofLiteral)
        .filter(address -> captured(family, address))
        .findFirst()
        .flatMap(
            address ->
                port(outbound.ports().stream().mapToInt(PortRange::first))
                    .map(p -> new InetSocketAddress(address, p)));
  }

  private boolean captured(Family family, InetAddress address) {
    Subnet subnet = new Subnet(address, address.getAddress().length * 8);
    return subnet.family() == family
        && !address.isLoopbackAddress()
        && outbound.excludedDestinations().stream().noneMatch(subnet::overlaps);
  }

  private Optional<Integer> port(IntStream candidates) {
    return candidates.filter(port -> !excluded(port)).boxed().findFirst();
  }

  private boolean excluded(int port) {
    return outbound.excludedPorts().stream().anyMatch(ports -> ports.contains(port));
  }

  private Optional<InetSocketAddress> nameServer(Family family) {
    Stream<InetAddress> servers =
        excluded(53)
            ? Stream.empty()
            : switch (options.dns()) {
              case DnsCapture.Off() -> Stream.empty();
              case DnsCapture.Everything() -> ANYWHERE.stream().map(InetAddress::ofLiteral);
              case DnsCapture.Servers(List<NameServer> all) ->
                  all.stream().filter(s -> s.zone().isEmpty()).map(NameServer::address);
            };
    return servers
        .filter(address -> new Subnet(address, 0).family() == family)
        .findFirst()
        .map(address -> new InetSocketAddress(address, 53));
  }
}
