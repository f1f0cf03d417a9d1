// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.rules.behaviour;

import static org.awaitility.Awaitility.await;

import dev.sluice.linux.SyscallException;
import dev.sluice.linux.netns.NamespaceThread;
import dev.sluice.linux.socket.AddressFamily;
import dev.sluice.linux.socket.SocketOwner;
import dev.sluice.loop.Worker;
import dev.sluice.loop.Workers;
import dev.sluice.process.Command;
import dev.sluice.process.CommandException;
import dev.sluice.rules.Family;
import dev.sluice.rules.ProxyPorts;
import dev.sluice.rules.explain.Connection;
import dev.sluice.rules.explain.Host;
import dev.sluice.rules.explain.Origin;
import dev.sluice.rules.explain.Proxy;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A pod between two networks: {@code eth0} leads to the world, where a server answers at every
 * address and port, {@code eth1} to a virtual machine whose packets the pod forwards. In the pod an
 * application listens, and what stands for the proxy. Used by one test at a time.
 */
final class Scene implements AutoCloseable {
  static final Owner APPLICATION = new Owner(1000, 1000);

  private static final Host POD =
      new Host(
          Map.of(
              "lo", addresses("127.0.0.1", "::1"),
              "eth0", addresses("10.11.0.2", "fd00:11::2"),
              "eth1", addresses("10.12.0.2", "fd00:12::2")),
          "eth0");

  /** The pod, with the way that its packets to where {@code connection} leads take out of it. */
  static Host hostFor(Connection connection) {
    boolean byEth1 =
        List.of(Site.MACHINE.address(Family.IPV4), Site.MACHINE.address(Family.IPV6))
            .contains(connection.to().getAddress());
    return byEth1 ? new Host(POD.interfaces(), "eth1") : POD;
  }

  /** Ports at which the application listens, by TCP and by UDP. */
  static final List<Integer> APPLICATION_PORTS =
      List.of(53, 80, 443, 8000, 8005, 8010, 8080, 9090, 15020, 15021, 15090);

  private static final List<InetAddress> EVERYWHERE = List.of(InetAddress.ofLiteral("::"));
  private static final int WORLD_PORT = 7000;
  private static final Duration READY_PATIENCE = Duration.ofSeconds(1);

  private final Namespace pod;
  private final Namespace world;
  private final Namespace machine;
  private final Workers workers = Workers.start(1, _ -> {});
  private final List<Closeable> listeners = new ArrayList<>();
  private Optional<Proxy> standing = Optional.empty();
  private final List<Closeable> proxyListeners = new ArrayList<>();

  private Scene(Namespace pod, Namespace world, Namespace machine) {
    this.pod = pod;
    this.world = world;
    this.machine = machine;
  }

  static Scene open() throws Exception {
    Scene scene = new Scene(Namespace.open("pod"), Namespace.open("world"), Namespace.open("vm"));
    try {
      scene.lay();
      scene.serve();
      return scene;
    } catch (Exception e) {
      scene.close();
      throw e;
    }
  }

  private void lay() throws CommandException {
    connect(world, "eth0", "10.11.0", "fd00:11:");
    connect(machine, "eth1", "10.12.0", "fd00:12:");
    world.ip(
        """
        addr add 169.254.7.127/32 dev lo
        addr add fd16:9254:7127:1337:ffff:ffff:ffff:ffff/128 dev lo nodad
        """);
    pod.ip("route add default via 10.11.0.1\nroute add default via fd00:11::1\n");
    world.ip("route add default via 10.11.0.2\nroute add default via fd00:11::2\n");
    machine.ip("route add default via 10.12.0.2\nroute add default via fd00:12::2\n");
    pod.run(
        Command.of(
            "sysctl",
            "-qw",
            "net.ipv4.ip_forward=1",
            "net.ipv6.conf.all.forwarding=1",
            "net.ipv4.conf.all.rp_filter=0",
            "net.ipv4.conf.eth0.rp_filter=0",
            "net.ipv4.conf.eth1.rp_filter=0"));
  }

  private void connect(Namespace other, String name, String ipv4, String ipv6)
      throws CommandException {
    pod.ip("link add " + name + " type veth peer name eth0 netns " + other.name() + "\n");
    addresses(pod, name, ipv4 + ".2/24", ipv6 + ":2/64");
    addresses(other, "eth0", ipv4 + ".1/24", ipv6 + ":1/64");
  }

  private static void addresses(Namespace namespace, String name, String ipv4, String ipv6)
      throws CommandException {
    namespace.ip(
        "addr add %2$s dev %1$s\naddr add %3$s dev %1$s nodad\nlink set %1$s up\n"
            .formatted(name, ipv4, ipv6));
  }

  private void serve() throws Exception {
    for (Namespace outside : List.of(world, machine)) {
      for (String family : List.of("ip", "ip6")) {
        String rule = "meta l4proto { tcp, udp } redirect to :" + WORLD_PORT;
        outside.run(
            Command.of("nft", "-f", "-")
                .withInput(
                    "table %s n { chain c { type nat hook prerouting priority -100; %s; }; }\n"
                        .formatted(family, rule)));
      }
      listen(outside, APPLICATION, Place.WORLD, List.of(WORLD_PORT), 0, listeners);
      listenForDatagrams(
          outside, APPLICATION, Place.WORLD, EVERYWHERE, List.of(WORLD_PORT), listeners);
    }
    listen(pod, APPLICATION, Place.POD, APPLICATION_PORTS, 0, listeners);
    listenForDatagrams(pod, APPLICATION, Place.POD, EVERYWHERE, APPLICATION_PORTS, listeners);
  }

  /** Lets the stand-in for the proxy listen as {@code proxy}, in the place of a former one. */
  void standIn(Proxy proxy) throws Exception {
    if (standing.equals(Optional.of(proxy))) {
      return;
    }
    close(proxyListeners);
    standing = Optional.of(proxy);
    ProxyPorts ports = proxy.ports();
    Owner owner = new Owner(proxy.sockets().user(), proxy.sockets().group());
    int mark = proxy.sockets().mark();
    listen(pod, owner, Place.OUTBOUND, List.of(ports.outbound()), mark, proxyListeners);
    listen(pod, owner, Place.INBOUND, List.of(ports.inbound()), mark, proxyListeners);
    listen(pod, owner, Place.DNS, List.of(ports.dns()), mark, proxyListeners);
    // What reaches the tunnel's port was not captured.
    listen(pod, owner, Place.POD, List.of(ports.tunnel()), mark, proxyListeners);
    // On loopback: an answer must come from the address that REDIRECT sent the query to.
    listenForDatagrams(
        pod, owner, Place.DNS, addresses("127.0.0.1", "::1"), List.of(ports.dns()), proxyListeners);
  }

  private void listen(
      Namespace where,
      Owner owner,
      Place place,
      List<Integer> ports,
      int mark,
      Collection<Closeable> opened)
      throws Exception {
    Worker worker = workers.all().getFirst();
    owner.call(
        where.handle(),
        () -> {
          for (int port : ports) {
            for (AddressFamily family : AddressFamily.values()) {
              opened.add(StreamListener.open(place, worker, family, port, mark));
            }
          }
          return true;
        });
  }

  private static void listenForDatagrams(
      Namespace where,
      Owner owner,
      Place place,
      List<InetAddress> at,
      List<Integer> ports,
      Collection<Closeable> opened)
      throws Exception {
    List<DatagramListener> made =
        owner.call(
            where.handle(),
            () -> {
              List<DatagramListener> each = new ArrayList<>();
              for (int port : ports) {
                for (InetAddress address : at) {
                  each.add(DatagramListener.open(place, new InetSocketAddress(address, port)));
                }
              }
              return each;
            });
    made.forEach(each -> opened.add(each.start()));
  }

  Namespace pod() {
    return pod;
  }

  /** A connection to be made, and how long to wait where none of the ends says a word. */
  record Attempt(Connection connection, Duration patience) {}

  /** Makes the connections one after the other, those of each namespace on one thread. */
  Map<Connection, Observation> dial(List<Attempt> attempts) {
    Map<Namespace, List<Attempt>> bySide =
        attempts.stream().collect(Collectors.groupingBy(each -> side(each.connection().origin())));
    Map<Connection, Observation> seen = new HashMap<>();
    bySide.forEach((side, group) -> seen.putAll(dialFrom(side, group)));
    return seen;
  }

  private Namespace side(Origin origin) {
    return switch (origin) {
      case Origin.Local _ -> pod;
      case Origin.Arriving(String name) -> name.equals("eth1") ? machine : world;
    };
  }

  private static Map<Connection, Observation> dialFrom(Namespace side, List<Attempt> attempts) {
    try {
      return NamespaceThread.call(
          side.handle(),
          () -> {
            Map<Connection, Observation> seen = new HashMap<>();
            for (Attempt attempt : attempts) {
              seen.put(attempt.connection(), dial(attempt));
            }
            return seen;
          });
    } catch (Exception e) {
      throw new IllegalStateException("dialling from " + side.name(), e);
    }
  }

  private static Observation dial(Attempt attempt) throws SyscallException {
    Connection connection = attempt.connection();
    Client client = new Client(connection.protocol(), connection.from(), connection.to());
    return switch (connection.origin()) {
      case Origin.Local(long user, long group, int mark) ->
          client.dial(new SocketOwner(user, group), mark, attempt.patience());
      case Origin.Arriving _ -> client.dial(new SocketOwner(0, 0), 0, attempt.patience());
    };
  }

  /** The kernel adds the routes of an IPv6 address later, from a work queue. */
  void awaitReady() {
    for (Family family : Family.values()) {
      for (Dial probe : List.of(Dial.WEB, Dial.ETH1_WEB, Dial.ARRIVING, Dial.MACHINE_WEB)) {
        await().pollInterval(Duration.ofMillis(5)).until(() -> answers(probe.connection(family)));
      }
    }
  }

  private boolean answers(Connection connection) {
    Attempt attempt = new Attempt(connection, READY_PATIENCE);
    return !dial(List.of(attempt)).containsValue(Observation.NOTHING);
  }

  private static List<InetAddress> addresses(String ipv4, String ipv6) {
    return List.of(InetAddress.ofLiteral(ipv4), InetAddress.ofLiteral(ipv6));
  }

  private static void close(List<Closeable> all) throws IOException {
    for (Closeable each : all) {
      each.close();
    }
    all.clear();
  }

  @Override
  public void close() throws IOException {
    close(proxyListeners);
    close(listeners);
    workers.close();
    for (Namespace each : List.of(pod, world, machine)) {
      each.close();
    }
  }
}
