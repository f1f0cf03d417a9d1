// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import dev.sluice.linux.bpf.spec.AttachType;
import dev.sluice.linux.netlink.SocketProtocol;
import dev.sluice.linux.netns.NetworkNamespace;
import dev.sluice.socketlb.CgroupFolder;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Makes one connection, or sends one datagram, and collects what the kernel and the proxies say
 * about it. While it runs there is a table of nftables in each traced namespace, which ends with
 * this process at the latest. Confined to one thread, a platform thread; blocks.
 */
public final class Tracer implements AutoCloseable {
  /** Four tell it from others; the rest is zero. */
  private static final int DATAGRAM_BYTES = 16;

  private static final Duration PAUSE = Duration.ofMillis(20);

  private final TraceRequest request;
  private final Clocks clocks = Clocks.now();
  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  private final Map<RuleKey, String> rules = new HashMap<>();
  private final List<What.Unknown> gaps = new ArrayList<>();
  private final List<PacketWatch> watches = new ArrayList<>();

  /** Of the client, if it is to be another one than this process's. */
  private Optional<Path> cgroup = Optional.empty();

  private Tracer(TraceRequest request) {
    this.request = request;
  }

  /**
   * The path of a new connection, hop by hop.
   *
   * @throws IOException if a namespace or cgroup can't be entered, or no packet can be traced: the
   *     message says what is missing. That nobody accepts the connection is no failure.
   */
  public static List<Hop> trace(TraceRequest request) throws IOException {
    try (Tracer tracer = new Tracer(request)) {
      return switch (request.protocol()) {
        case TCP -> Joiner.join(tracer.collect());
        case UDP -> tracer.datagram();
      };
    }
  }

  private Material collect() throws IOException {
    List<OpenedPlace> places = places();
    cgroup = cgroup(places.getFirst());
    for (OpenedPlace place : places) {
      prepare(place);
    }
    Optional<HookRuns> runs = runs(places);
    ConnectHooks connect =
        hooks(isV4() ? AttachType.CGROUP_INET4_CONNECT : AttachType.CGROUP_INET6_CONNECT);
    ConnectHooks own =
        hooks(isV4() ? AttachType.CGROUP_INET4_GETSOCKNAME : AttachType.CGROUP_INET6_GETSOCKNAME);
    ConnectHooks peer =
        hooks(isV4() ? AttachType.CGROUP_INET4_GETPEERNAME : AttachType.CGROUP_INET6_GETPEERNAME);
    List<ConnectHooks> hooks = List.of(connect, own, peer);
    RouteWatch routes = RouteWatch.ofThisThread();
    open.push(routes);
    List<LegacyCounters> legacy = legacy(places);
    Dial dial;
    List<SeenSocket> sockets;
    ProxyRecords proxies = new ProxyRecords(request.limit(), clocks);
    open.push(proxies);
    try (ClientSocket client =
        ClientSocket.connect(request.from(cgroup), places.getFirst(), hooks, routes)) {
      dial = client.dial();
      sockets = PathSockets.settled(dial, () -> sources(dial));
      PathSockets.formerProxies(dial, packets(places), sockets).forEach(proxies::ask);
      if (dial.errno() == 0) {
        PathSockets.holders(sockets).forEach(proxies::ask);
      }
      proxies.awaitStreams();
    }
    Told told = new Told(proxies.asked(), proxies.records(dial, sockets));
    gaps.addAll(proxies.gaps());
    for (PacketWatch watch : watches) {
      watch.close();
      gaps.addAll(watch.gaps());
    }
    List<Hop> counted = counted(legacy, runs);
    List<Hop> hooked = connect.hops();
    List<Hop> shown = dial.errno() == 0 ? shown(own, peer) : List.of();
    hooks.forEach(each -> gaps.addAll(each.gaps()));
    Observed observed = new Observed(clientCgroup(), hooked, shown, routes.seen(), counted);
    gaps.addAll(routes.gaps());
    return new Material(dial, observed, packets(places), sockets, told, rules, gaps);
  }

  /** What the client was told by others than the kernel. */
  private static List<Hop> shown(ConnectHooks own, ConnectHooks peer) throws IOException {
    List<Hop> shown = new ArrayList<>();
    for (ConnectHooks hooks : List.of(own, peer)) {
      for (Hop hop : hooks.hops()) {
        if (hop.what() instanceof What.Hooked it) {
          shown.add(
              new Hop(
                  hop.sighting(),
                  new What.Shown(it.hook(), it.programs(), it.before(), it.after())));
        }
      }
    }
    return shown;
  }

  /** The path of one datagram, and of what comes back. */
  private List<Hop> datagram() throws IOException {
    List<OpenedPlace> places = places();
    cgroup = cgroup(places.getFirst());
    for (OpenedPlace place : places) {
      prepare(place);
    }
    Optional<HookRuns> runs = runs(places);
    List<ConnectHooks> hooks = new ArrayList<>();
    for (AttachType hook :
        isV4()
            ? List.of(AttachType.CGROUP_UDP4_SENDMSG, AttachType.CGROUP_UDP4_RECVMSG)
            : List.of(AttachType.CGROUP_UDP6_SENDMSG, AttachType.CGROUP_UDP6_RECVMSG)) {
      hooks.add(hooks(hook));
    }
    RouteWatch routes = RouteWatch.ofThisThread();
    open.push(routes);
    List<LegacyCounters> legacy = legacy(places);
    long carried = Integer.toUnsignedLong(ThreadLocalRandom.current().nextInt() | 1);
    byte[] bytes = ByteBuffer.allocate(DATAGRAM_BYTES).putInt((int) carried).array();
    Dial dial;
    try (ClientSocket client =
        ClientSocket.send(request.from(cgroup), places.getFirst(), hooks, routes, bytes)) {
      dial = client.dial();
      sleep(PAUSE);
    }
    for (PacketWatch watch : watches) {
      watch.close();
      gaps.addAll(watch.gaps());
    }
    List<Hop> hooked = new ArrayList<>();
    for (ConnectHooks each : hooks) {
      hooked.addAll(each.hops());
      gaps.addAll(each.gaps());
    }
    List<Hop> counted = counted(legacy, runs);
    Observed observed = new Observed(clientCgroup(), hooked, List.of(), routes.seen(), counted);
    gaps.addAll(routes.gaps());
    Material material =
        new Material(dial, observed, packets(places), List.of(), Told.NOTHING, rules, gaps);
    Passage passage = Passage.ofDatagram(carried, material);
    List<SeenSocket> bound =
        passage.delivered()
            ? SocketCensus.bound(
                passage.lastPlace().orElseThrow(), passage.lastFlow().orElseThrow().destination())
            : List.of();
    return DatagramJoiner.join(material, passage, bound);
  }

  private boolean isV4() {
    return request.destination().getAddress() instanceof Inet4Address;
  }

  /** The client's first; each once. */
  private List<OpenedPlace> places() throws IOException {
    Map<Long, OpenedPlace> places = new LinkedHashMap<>();
    List<Optional<Path>> paths = new ArrayList<>();
    paths.add(request.namespace());
    request.through().forEach(path -> paths.add(Optional.of(path)));
    for (Optional<Path> path : paths) {
      OpenedPlace place = OpenedPlace.open(path);
      open.push(place);
      places.putIfAbsent(place.place().inode(), place);
    }
    return List.copyOf(places.values());
  }

  /**
   * The one that was named; in somebody else's namespace that of whoever lives there, for it is
   * their path that is asked for.
   */
  private Optional<Path> cgroup(OpenedPlace client) throws IOException {
    if (request.cgroup().isPresent() || isOwn(client)) {
      return request.cgroup();
    }
    Path home;
    try {
      home = CgroupFolder.own();
    } catch (IOException e) {
      return Optional.empty(); // No cgroups: nothing hangs on them.
    }
    Optional<Path> theirs = Residents.cgroup(client.place());
    if (theirs.isEmpty()) {
      gaps.add(
          new What.Unknown(
              "what programs on the cgroups of " + client.place().name() + " do",
              "no process whose cgroup can be entered lives there but proxies, so this is from"
                  + " the trace's own, "
                  + home
                  + "; say --cgroup"));
    }
    return theirs.filter(path -> !path.equals(home));
  }

  private static boolean isOwn(OpenedPlace place) throws IOException {
    try (NetworkNamespace own = NetworkNamespace.current()) {
      return own.inode() == place.place().inode();
    }
  }

  /** Empty without a tree of version 2. */
  private Optional<Path> clientCgroup() {
    try {
      return Optional.of(cgroup.isPresent() ? cgroup.get() : CgroupFolder.own());
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private Optional<HookRuns> runs(List<OpenedPlace> places) throws IOException {
    try {
      Path at = cgroup.isPresent() ? cgroup.get() : CgroupFolder.own();
      HookRuns runs = HookRuns.begin(at, isV4(), request.protocol() == SocketProtocol.UDP, places);
      open.push(runs);
      return Optional.of(runs);
    } catch (IOException e) {
      if (request.cgroup().isPresent() && !Files.isDirectory(request.cgroup().get())) {
        throw e;
      }
      gaps.add(
          new What.Unknown("the programs on the client's hooks", String.valueOf(e.getMessage())));
      return Optional.empty();
    }
  }

  /** Closed with this. */
  private ConnectHooks hooks(AttachType hook) throws IOException {
    ConnectHooks hooks = observing(hook);
    open.push(hooks);
    return hooks;
  }

  private ConnectHooks observing(AttachType hook) throws IOException {
    if (request.cgroup().isPresent()) {
      return ConnectHooks.observe(request.cgroup().get(), hook);
    }
    try {
      return ConnectHooks.observe(cgroup.isPresent() ? cgroup.get() : CgroupFolder.own(), hook);
    } catch (IOException e) {
      // A host without cgroup v2 or eBPF has packets to trace all the same.
      return ConnectHooks.none(String.valueOf(e.getMessage()));
    }
  }

  private static List<LegacyCounters> legacy(List<OpenedPlace> places) throws IOException {
    List<LegacyCounters> legacy = new ArrayList<>();
    for (OpenedPlace place : places) {
      legacy.add(LegacyCounters.read(place));
    }
    return legacy;
  }

  /** What has no place among the hops: it matched, or ran, meanwhile. */
  private static List<Hop> counted(List<LegacyCounters> legacy, Optional<HookRuns> runs)
      throws IOException {
    List<Hop> counted = new ArrayList<>();
    for (LegacyCounters counters : legacy) {
      counted.addAll(counters.risenSince());
    }
    runs.ifPresent(each -> counted.addAll(each.hops()));
    return counted;
  }

  private void prepare(OpenedPlace place) throws IOException {
    // First: on a kernel without tracing it says so, and nft only that it failed.
    PacketWatch watch = PacketWatch.begin(place, request.protocol());
    open.push(watch);
    watches.add(watch);
    if (RuleTexts.available()) {
      rules.putAll(RuleTexts.list(place.place(), place.path()));
    } else {
      gaps.add(
          new What.Unknown(
              "the texts of the rules of " + place.place().name(), "nft is not installed"));
    }
  }

  private Packets packets(List<OpenedPlace> places) throws IOException {
    Set<Long> traced = new HashSet<>();
    places.forEach(place -> traced.add(place.place().inode()));
    return new Packets(traced, packets());
  }

  private List<SeenPacket> packets() throws IOException {
    List<SeenPacket> packets = new ArrayList<>();
    for (PacketWatch watch : watches) {
      packets.addAll(watch.seen());
    }
    return packets;
  }

  /** Of every packet seen: the ports of whoever connected meanwhile, ours and the proxies'. */
  private Set<InetSocketAddress> sources(Dial dial) throws IOException {
    Set<InetSocketAddress> sources = new HashSet<>();
    dial.local().ifPresent(sources::add);
    for (SeenPacket seen : packets()) {
      seen.message().packet().ifPresent(packet -> sources.add(packet.source()));
    }
    return sources;
  }

  static void sleep(Duration time) throws IOException {
    try {
      Thread.sleep(time);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("tracing: interrupted", e);
    }
  }

  @Override
  public void close() throws IOException {
    while (!open.isEmpty()) {
      try {
        open.pop().close();
      } catch (IOException | RuntimeException e) {
        throw e;
      } catch (Exception e) {
        throw new IOException(e);
      }
    }
  }
}
