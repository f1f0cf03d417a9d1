// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import dev.sluice.linux.Errno;
import dev.sluice.linux.socket.TcpState;
import dev.sluice.net.AddressText;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Makes a path of what was collected: legs, each from a client's socket through netfilter to the
 * socket that accepts, with a proxy's record as the way from one leg to the next. Pure. What is
 * missing becomes a hop that says so; nothing is inferred from what should have happened.
 */
final class Joiner {
  private static final int MOST_LEGS = 8;
  private static final String SOCKETS = "sock_diag";

  private final Material material;
  private final List<Hop> hops = new ArrayList<>();

  /**
   * SYNs and sockets of earlier legs: a transparent proxy goes on from the client's own address.
   */
  private final Set<Long> sequences = new HashSet<>();

  private final Set<Long> cookies = new HashSet<>();

  /** Each is told once. */
  private final Set<What> decided = new HashSet<>();

  private Joiner(Material material) {
    this.material = material;
  }

  /** The hops in the order of the path. */
  static List<Hop> join(Material material) {
    return new Joiner(material).join();
  }

  private List<Hop> join() {
    Dial dial = material.dial();
    add(
        Sighting.event("connect(2) of this trace", dial.calledAtNanos()),
        new What.Dialled(dial.place(), material.observed().cgroup(), dial.destination()));
    hops.addAll(material.observed().hooks());
    Optional<Leg> leg =
        ownAddress()
            .or(dial::local)
            .map(own -> new Leg(own, dial.place(), Optional.of(dial.destination())));
    if (leg.isEmpty()) {
      clientsView();
    }
    for (int legs = 0; legs < MOST_LEGS && leg.isPresent(); legs++) {
      leg = follow(leg.get(), legs == 0);
    }
    hops.addAll(material.observed().counted());
    for (What.Unknown gap : material.gaps()) {
      unknown(gap);
    }
    return List.copyOf(hops);
  }

  /** What the kernel has, where programs tell the client something else. */
  private Optional<InetSocketAddress> ownAddress() {
    return material.observed().shown().stream()
        .map(Hop::what)
        .filter(What.Shown.class::isInstance)
        .map(What.Shown.class::cast)
        .filter(shown -> shown.hook().startsWith("cgroup/getsockname"))
        .map(What.Shown::before)
        .findFirst();
  }

  /**
   * The way from one socket to the next.
   *
   * @param source the address of the socket that connects
   * @param place where it is
   * @param dialled by whoever has it; empty if a proxy doesn't tell in numbers
   */
  private record Leg(InetSocketAddress source, Place place, Optional<InetSocketAddress> dialled) {}

  private Optional<Leg> follow(Leg leg, boolean client) {
    Passage passage = Passage.of(leg.source(), sequences, material);
    passage.sequence().ifPresent(sequences::add);
    if (passage.hops().isEmpty()) {
      unknown(
          new What.Unknown(
              "netfilter of the connection from " + AddressText.of(leg.source()),
              "no traced packet has that source; its namespace is not among those traced, or a"
                  + " cgroup program changed what the socket says of itself"));
    }
    hops.addAll(client ? routed(passage) : passage.hops());
    if (client) {
      clientsView();
    }
    InetSocketAddress seenAs = passage.lastFlow().map(Flow::source).orElse(leg.source());
    SeenSocket accepted = acceptedFrom(seenAs, passage);
    if (accepted == null) {
      ProxyRecord record = recordOf(seenAs);
      if (record != null) {
        unknown(
            new What.Unknown(
                "the socket that accepted " + AddressText.of(seenAs),
                "it was closed before it was looked for"));
        return told(record, passage.lastPlace().orElse(leg.place()));
      }
      if (!client || material.dial().errno() == 0) {
        unknown(
            new What.Unknown(
                "the socket that accepted " + AddressText.of(seenAs),
                "no namespace that can be looked into has it open; it is on another host, behind a"
                    + " translation there, or was closed before it was looked for"));
      }
      return Optional.empty();
    }
    Place there = accepted.place();
    if (!passage.hops().isEmpty() && !material.packets().traced().contains(there.inode())) {
      unknown(
          new What.Unknown(
              "netfilter of " + there.name(), "not traced; add --through " + there.name()));
    }
    cookies.add(accepted.socket().id().cookie());
    return arrive(accepted, isAsAsked(leg, passage, accepted));
  }

  /**
   * Whether the socket has the address that the connection came with: to the namespace that the
   * socket is in, or of whoever dialled there. If not, it may be an interceptor's.
   */
  private static boolean isAsAsked(Leg leg, Passage passage, SeenSocket accepted) {
    if (accepted.socket().transparent()) {
      return false;
    }
    Place there = accepted.place();
    Optional<InetSocketAddress> asked =
        there.inode() == leg.place().inode()
            ? leg.dialled().filter(dialled -> !dialled.getAddress().isAnyLocalAddress())
            : passage.flowInto(there).or(passage::lastFlow).map(Flow::destination);
    return asked.isEmpty() || asked.get().equals(accepted.socket().id().local());
  }

  /** Only the client's thread is watched: what a proxy's packets ask for is not known. */
  private List<Hop> routed(Passage passage) {
    Dial dial = material.dial();
    Flow dialled =
        passage
            .firstFlow()
            .orElseGet(() -> new Flow(dial.local().orElse(dial.destination()), dial.destination()));
    return Routes.among(passage.hops(), material.observed().routes(), dialled, dial.place());
  }

  private Optional<Leg> arrive(SeenSocket accepted, boolean asAsked) {
    InetSocketAddress local = accepted.socket().id().local();
    InetSocketAddress peer = accepted.socket().id().remote();
    ProxyRecord found = recordOf(accepted, peer);
    Sighting state = Sighting.state(SOCKETS, accepted.readAtNanos());
    boolean proxy = accepted.holder().filter(material.told().proxies()::contains).isPresent();
    if (found == null && asAsked && !proxy) {
      add(state, new What.ServerSaw(accepted.place(), local, peer, accepted.holder()));
      return Optional.empty();
    }
    add(state, new What.Accepted(accepted.place(), local, peer, accepted.holder()));
    if (found == null) {
      unknown(onward(accepted, proxy));
      return Optional.empty();
    }
    return told(found, accepted.place());
  }

  /** What its proxy told of a connection that it accepted, and the leg that begins there. */
  private Optional<Leg> told(ProxyRecord found, Place place) {
    Sighting told =
        Sighting.event(
            "claimed by " + found.holder() + ": " + found.file(), found.acceptedAtNanos());
    What decision = decision(found);
    decided.add(decision);
    add(told, decision);
    if (found.field("upstream").equals("-")) {
      return Optional.empty();
    }
    add(
        told,
        new What.UpstreamDialled(
            Optional.of(found.holder()), found.field("upstream_source"), found.field("upstream")));
    return AddressPort.parse(found.field("upstream_source"))
        .map(source -> new Leg(source, place, AddressPort.parse(found.field("upstream"))));
  }

  private static What.Unknown onward(SeenSocket accepted, boolean proxy) {
    String why =
        accepted.socket().transparent()
            ? "its socket is transparent (IP_TRANSPARENT), so it takes connections to any address"
            : "its socket has another address than the connection came with";
    return new What.Unknown(
        "whether and where the connection went on from there",
        (proxy ? "it is a proxy" : why) + ", and no record of it can be read");
  }

  private static What decision(ProxyRecord found) {
    return new What.Decided(
        Optional.of(found.holder()),
        found.field("direction"),
        found.field("mode"),
        found.field("source"),
        found.field("original_destination"),
        found.field("path"),
        found.field("path_reason"),
        found.field("outcome"),
        found.fields().getOrDefault("detail", ""));
  }

  private void clientsView() {
    Dial dial = material.dial();
    if (dial.errno() != 0) {
      add(
          Sighting.event("connect(2) of this trace", dial.endedAtNanos()),
          new What.Outcome(Errno.describe(dial.errno()), false));
      return;
    }
    add(
        Sighting.event("connect(2) of this trace", dial.endedAtNanos()),
        new What.Outcome("connected", true));
    hops.addAll(material.observed().shown());
    if (dial.local().isPresent() && dial.peer().isPresent()) {
      add(
          Sighting.state("getsockname(2), getpeername(2)", dial.endedAtNanos()),
          new What.ClientSockets(dial.local().get(), dial.peer().get()));
    }
  }

  private @Nullable SeenSocket acceptedFrom(InetSocketAddress peer, Passage passage) {
    return material.sockets().stream()
        .filter(seen -> seen.socket().id().remote().equals(peer))
        .filter(seen -> seen.socket().state() != TcpState.LISTEN)
        .filter(seen -> !cookies.contains(seen.socket().id().cookie()))
        .filter(seen -> passage.lastPlace().isEmpty() || mayBeIn(seen, passage))
        // Behind a transparent proxy two sockets of one namespace have the same peer.
        .min(Comparator.comparing(seen -> !isAtDestination(seen, passage)))
        .orElse(null);
  }

  private static boolean isAtDestination(SeenSocket seen, Passage passage) {
    InetSocketAddress local = seen.socket().id().local();
    return passage.lastFlow().filter(flow -> flow.destination().equals(local)).isPresent();
  }

  /** Addresses can be the same in two namespaces: that of the delivery counts. */
  private static boolean mayBeIn(SeenSocket seen, Passage passage) {
    return !passage.delivered() || passage.lastPlace().get().inode() == seen.place().inode();
  }

  private @Nullable ProxyRecord recordOf(SeenSocket accepted, InetSocketAddress peer) {
    return material.told().records().stream()
        .filter(found -> accepted.holder().filter(found.holder()::equals).isPresent())
        .filter(found -> found.isFrom(peer))
        .findFirst()
        .orElse(null);
  }

  private @Nullable ProxyRecord recordOf(InetSocketAddress peer) {
    return material.told().records().stream()
        .filter(found -> found.isFrom(peer))
        // Behind a transparent proxy its own connection has the same source.
        .filter(found -> !decided.contains(decision(found)))
        .findFirst()
        .orElse(null);
  }

  private void unknown(What.Unknown what) {
    add(new Sighting(Evidence.NOT_OBSERVED, "", material.dial().endedAtNanos()), what);
  }

  private void add(Sighting sighting, What what) {
    hops.add(new Hop(sighting, what));
  }
}
