// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules;

import dev.sluice.intercept.LiveProbe;
import dev.sluice.linux.socket.AddressFamily;
import dev.sluice.linux.socket.SocketOwner;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * Chooses connections of one family that the options promise to capture. Where it can't be sure
 * that they do, as with excluded interfaces, whose routes it doesn't know, it chooses none. Pure
 * but for the question whether an address is local.
 */
final class ProbePlanner {
  private static final int DNS_PORT = 53;

  /** Nobody's user and group, unless the options say otherwise. */
  private static final long NOBODY = 65_534;

  /** Of each subnet, as many addresses are considered. */
  private static final int CANDIDATES = 8;

  private final FamilyView view;
  private final RuleOptions options;
  private final int probePort;
  private final Predicate<InetAddress> isLocal;

  ProbePlanner(FamilyView view, int probePort, Predicate<InetAddress> isLocal) {
    this.view = view;
    this.options = view.options();
    this.probePort = probePort;
    this.isLocal = isLocal;
  }

  /** One of its owners. */
  static SocketOwner proxy(RuleOptions options) {
    return new SocketOwner(options.proxy().users().getFirst(), options.proxy().groups().getFirst());
  }

  List<LiveProbe> probes() {
    List<LiveProbe> probes = new ArrayList<>();
    if (selfCallsAreCaptured()) {
      AddressFamily family =
          view.family() == Family.IPV4 ? AddressFamily.INET : AddressFamily.INET6;
      probes.add(LiveProbe.inbound(family, probePort, options.ports().inbound(), proxy(options)));
    }
    if (view.selection().interfaces().excluded().isEmpty()) {
      application().ifPresent(application -> addLeaving(application, probes));
    }
    return probes;
  }

  private void addLeaving(SocketOwner application, List<LiveProbe> probes) {
    int outbound = options.ports().outbound();
    outboundDestination()
        .ifPresent(to -> probes.add(LiveProbe.outbound(to, outbound, application)));
    int dns = options.ports().dns();
    nameServer()
        .ifPresent(
            server -> {
              probes.add(LiveProbe.dnsByTcp(server, dns, application));
              probes.add(LiveProbe.dnsByUdp(server, dns, application));
            });
  }

  /** Whether the proxy's connection from loopback to 127.0.0.6 or ::6 comes to the listener. */
  private boolean selfCallsAreCaptured() {
    return switch (options.interception()) {
      case NODE -> false;
      case REDIRECT, TPROXY, TPROXY_OUTBOUND -> selfCallIsSeen() && !isExcluded(probePort);
      case TPROXY_BOTH -> selfCallIsSeen() && arrivesAt(probePort);
    };
  }

  private boolean selfCallIsSeen() {
    Subnet loopback = view.loopback().subnet();
    InetAddress source = view.family().passthroughSource().address();
    return probePort != options.ports().tunnel()
        && probePort != DNS_PORT
        && !contains(loopback, source)
        && !view.selection().interfaces().excluded().contains("lo");
  }

  private boolean arrivesAt(int port) {
    return switch (view.selection().inbound()) {
      case InboundSelection.AllExcept(List<PortRange> excluded) ->
          excluded.stream().noneMatch(range -> range.contains(port));
      case InboundSelection.Only(List<PortRange> included) ->
          included.stream().anyMatch(range -> range.contains(port));
    };
  }

  private Optional<InetSocketAddress> outboundDestination() {
    if (!view.capturesOutbound()) {
      return Optional.empty();
    }
    List<Subnet> subnets =
        switch (view.outbound().destinations()) {
          case AddressSelection.All() -> List.of(documentation());
          case AddressSelection.Only(List<Subnet> some) ->
              some.stream().filter(subnet -> subnet.family() == view.family()).toList();
        };
    boolean byPort = subnets.isEmpty();
    Optional<Integer> port =
        byPort
            ? view.outbound().ports().stream()
                .flatMap(range -> IntStream.rangeClosed(range.first(), range.last()).boxed())
                .filter(this::isOrdinary)
                .findFirst()
            : IntStream.of(probePort, 80, 443, 8080).boxed().filter(this::isOrdinary).findFirst();
    return (byPort ? List.of(documentation()) : subnets)
        .stream()
            .map(subnet -> subnet.prefixLength() == 0 ? documentation() : subnet)
            .flatMap(subnet -> candidates(subnet).stream())
            .filter(this::leaves)
            .findFirst()
            .flatMap(address -> port.map(number -> new InetSocketAddress(address, number)));
  }

  /** Not the port of look-ups, which may come to another listener. */
  private boolean isOrdinary(int port) {
    return port != DNS_PORT && !isExcluded(port);
  }

  private boolean isExcluded(int port) {
    return view.outbound().excludedPorts().stream().anyMatch(range -> range.contains(port));
  }

  private boolean leaves(InetAddress address) {
    return !isLocal.test(address)
        && !address.isLoopbackAddress()
        && !address.isMulticastAddress()
        && !address.isLinkLocalAddress()
        && view.excludedDestinations().stream().noneMatch(subnet -> contains(subnet, address));
  }

  /** A captured name server that is not behind a certain interface. */
  private Optional<InetSocketAddress> nameServer() {
    if (!view.capturesDns()) {
      return Optional.empty();
    }
    Optional<InetAddress> server =
        switch (options.dns()) {
          case DnsCapture.Off() -> Optional.empty();
          case DnsCapture.Everything() -> Optional.of(candidates(documentation()).getFirst());
          case DnsCapture.Servers(List<NameServer> servers) ->
              servers.stream()
                  .filter(s -> s.family() == view.family() && s.zone().isEmpty())
                  .map(NameServer::address)
                  .filter(address -> !address.isLinkLocalAddress())
                  .findFirst();
        };
    return server
        .filter(address -> options.interception() != Interception.NODE || !isLocal.test(address))
        .map(address -> new InetSocketAddress(address, DNS_PORT));
  }

  /** Somebody whose connections are captured; empty if nobody's are. */
  private Optional<SocketOwner> application() {
    long user = highest(options.proxy().users());
    return switch (view.outbound().groups()) {
      case GroupSelection.AllExcept(List<Long> excluded) -> {
        List<Long> left = new ArrayList<>(options.proxy().groups());
        left.addAll(excluded);
        yield Optional.of(new SocketOwner(user, highest(left)));
      }
      case GroupSelection.Only(List<Long> included) ->
          included.stream()
              .filter(group -> !options.proxy().groups().contains(group))
              .findFirst()
              .map(group -> new SocketOwner(user, group));
    };
  }

  private static long highest(List<Long> exceptThese) {
    return LongStream.iterate(NOBODY, id -> id - 1)
        .filter(id -> !exceptThese.contains(id))
        .findFirst()
        .orElseThrow();
  }

  /** TEST-NET-1 (RFC 5737) or the documentation prefix (RFC 3849): nobody is there. */
  private Subnet documentation() {
    return Subnet.parse(view.family() == Family.IPV4 ? "192.0.2.0/24" : "2001:db8::/32");
  }

  /** The first addresses behind that of the subnet itself, or the one that it consists of. */
  private static List<InetAddress> candidates(Subnet subnet) {
    byte[] first = subnet.cut().address().getAddress();
    int free = first.length * 8 - subnet.prefixLength();
    if (free < 2) {
      return List.of(subnet.cut().address());
    }
    List<InetAddress> found = new ArrayList<>();
    for (int i = 1; i <= Math.min(CANDIDATES, (1 << Math.min(free, 8)) - 2); i++) {
      byte[] address = first.clone();
      address[address.length - 1] += (byte) i;
      found.add(addressOf(address));
    }
    return found;
  }

  private static boolean contains(Subnet subnet, InetAddress address) {
    return subnet.address().getAddress().length == address.getAddress().length
        && new Subnet(address, subnet.prefixLength()).cut().equals(subnet.cut());
  }

  private static InetAddress addressOf(byte[] bytes) {
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new AssertionError("4 and 16 bytes are addresses", e);
    }
  }
}
