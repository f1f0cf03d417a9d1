// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import dev.sluice.linux.bpf.spec.AttachType;
import dev.sluice.linux.netlink.SocketProtocol;
import dev.sluice.linux.netns.NetworkNamespace;
import dev.sluice.net.AddressText;
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
  /** The least time for the proxy to connect onward before sockets are looked for. */
  private static final Duration SETTLE = Duration.ofMillis(150);

  /** After which a proxy that hasn't connected onward will not: it has denied, or can't. */
  private static final Duration SETTLE_MOST = Duration.ofSeconds(2);

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
    hooks.forEach(open::push);
    RouteWatch routes = RouteWatch.ofThisThread();
    open.push(routes);
    List<LegacyCounters> legacy = legacy(places);
    Dial dial;
    List<SeenSocket> sockets;
    List<ProxySource> logs = new ArrayList<>();
    Set<Holder> proxies = new HashSet<>();
    try (ClientSocket client =
        ClientSocket.connect(request.from(cgroup), places.getFirst(), hooks, routes)) {
      dial = client.dial();
      sockets = settled(dial);
      Set<Holder> asked = formerProxies(dial, packets(places), sockets);
      if (dial.errno() == 0) {
        asked.addAll(holders(sockets));
      }
      for (Holder holder : asked) {
        logs.addAll(sources(holder));
        if (ProxySource.isThere(holder)) {
          proxies.add(holder);
        }
      }
      awaitStreams(logs);
    }
    List<ProxyRecord> records = records(logs, dial, sockets);
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
    Told told = new Told(proxies, records);
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
      open.push(hooks.getLast());
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

  private ConnectHooks hooks(AttachType hook) throws IOException {
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

  /**
   * Looks for the sockets of the path until each proxy that keeps a log has one at the other end of
   * its own connection, too.
   */
  private List<SeenSocket> settled(Dial dial) throws IOException {
    long end = dial.endedAtNanos() + SETTLE_MOST.toNanos();
    while (true) {
      sleep(SETTLE);
      Set<InetSocketAddress> sources = sources(dial);
      List<SeenSocket> sockets = SocketCensus.of(sources);
      if (dial.errno() != 0 || arePathsWhole(sockets, sources) || System.nanoTime() - end >= 0) {
        return sockets;
      }
    }
  }

  private static boolean arePathsWhole(List<SeenSocket> sockets, Set<InetSocketAddress> sources) {
    Set<InetSocketAddress> reached = new HashSet<>(sources);
    reached.retainAll(sockets.stream().map(seen -> seen.socket().id().remote()).toList());
    for (Holder holder : holders(sockets)) {
      boolean onward =
          sockets.stream()
              .filter(seen -> seen.holder().filter(holder::equals).isPresent())
              .anyMatch(seen -> reached.contains(seen.socket().id().local()));
      if (!onward && ProxySource.isThere(holder)) {
        return false;
      }
    }
    return true;
  }

  private static Set<Holder> holders(List<SeenSocket> sockets) {
    Set<Holder> holders = new HashSet<>();
    sockets.forEach(seen -> seen.holder().ifPresent(holders::add));
    return holders;
  }

  /**
   * Who may have had the connection, where nobody has it any more: a proxy that denies resets it at
   * once, and writes so. New, to be added to.
   */
  private static Set<Holder> formerProxies(Dial dial, Packets packets, List<SeenSocket> sockets)
      throws IOException {
    Set<Holder> proxies = new HashSet<>();
    if (dial.local().isEmpty()) {
      return proxies;
    }
    Passage passage = Passage.of(dial.local().get(), Set.of(), Material.of(dial, packets));
    InetSocketAddress seenAs =
        passage.lastFlow().map(Flow::source).orElseGet(() -> dial.local().get());
    boolean held = sockets.stream().anyMatch(seen -> seen.socket().id().remote().equals(seenAs));
    if (!held && passage.delivered()) {
      proxies.addAll(SocketCensus.listening(passage.lastPlace().orElseThrow()));
      proxies.removeIf(holder -> !ProxySource.isThere(holder));
    }
    return proxies;
  }

  private List<ProxySource> sources(Holder holder) {
    List<ProxySource> sources = ProxySource.of(holder);
    sources.forEach(open::push);
    if (sources.isEmpty() && ProxySource.isThere(holder)) {
      gaps.add(
          new What.Unknown(
              "the record of " + holder,
              "what it names as its access log is no regular file inside its own root folder, and"
                  + " it lets nobody read its stream"));
    }
    return sources;
  }

  /** What ends before a proxy has let its reader in is not told to it. */
  private static void awaitStreams(List<ProxySource> logs) throws IOException {
    long end = System.nanoTime() + SETTLE_MOST.toNanos();
    for (ProxySource log : logs) {
      if (log instanceof ProxyStream stream) {
        do {
          sleep(PAUSE);
        } while (ProxyStream.isAwaited(stream.holder()) && System.nanoTime() - end < 0);
      }
    }
  }

  /** A proxy writes its line when both sides have ended: ours has, so wait a little. */
  private List<ProxyRecord> records(List<ProxySource> logs, Dial dial, List<SeenSocket> sockets)
      throws IOException {
    long end = System.nanoTime() + request.limit().toNanos();
    Map<ProxySource, String> unreadable = new LinkedHashMap<>();
    while (true) {
      List<ProxyRecord> records = new ArrayList<>();
      Set<Holder> missing = new HashSet<>();
      logs.forEach(log -> missing.add(log.holder()));
      for (ProxySource log : logs) {
        List<ProxyRecord> found = told(log, dial.calledAtNanos(), unreadable);
        records.addAll(found);
        if (found.stream().anyMatch(record -> isOf(record, dial, sockets))) {
          missing.remove(log.holder());
        }
      }
      if (missing.isEmpty() || System.nanoTime() - end >= 0) {
        missing.forEach(holder -> gaps.add(silent(holder)));
        unreadable.forEach(
            (log, why) -> gaps.add(new What.Unknown("the record of " + log.holder(), why)));
        return records;
      }
      sleep(PAUSE);
    }
  }

  /** Nothing from a source that can't be read; the reason is kept, and it isn't asked again. */
  private List<ProxyRecord> told(ProxySource log, long since, Map<ProxySource, String> unreadable) {
    if (unreadable.containsKey(log)) {
      return List.of();
    }
    try {
      return log.since(since, clocks);
    } catch (IOException e) {
      unreadable.put(log, String.valueOf(e.getMessage()));
      return List.of();
    }
  }

  private What.Unknown silent(Holder holder) {
    return new What.Unknown(
        "the record of " + holder,
        "neither its access log, as LOGFMT or JSON, nor its stream had one of this connection "
            + request.limit().toMillis()
            + " ms after the end; Envoy's text says neither who connected nor what was dialled");
  }

  private static boolean isOf(ProxyRecord record, Dial dial, List<SeenSocket> sockets) {
    return dial.local().filter(record::isFrom).isPresent()
        || sockets.stream()
            .filter(seen -> seen.holder().filter(record.holder()::equals).isPresent())
            .anyMatch(
                seen -> AddressText.of(seen.socket().id().remote()).equals(record.field("source")));
  }

  private static void sleep(Duration time) throws IOException {
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
