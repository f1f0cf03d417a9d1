// SPDX-License-Identifier: Apache-2.0
package dev.sluice.observe;

import dev.sluice.observe.ProxyLine.Leg;
import dev.sluice.observe.ProxyLine.Passed;
import dev.sluice.observe.SocketEvent.Phase;
import dev.sluice.observe.Told.Step;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Makes one record of what a client's socket and the proxies on its way say. An event of a socket
 * waits for the lines of proxies; a proxy's own connections are part of its client's record. Does
 * no input and output and knows no clock: times are given, in nanoseconds of CLOCK_MONOTONIC.
 * Bounded: when too much waits, the oldest is let go as it is, and counted.
 */
final class FlowJoiner {
  /** A proxy tells of a connection some milliseconds after both of its ends, later when busy. */
  static final long WINDOW_NANOS = 1_000_000_000;

  /** How long the client's socket may take to end after its proxy has told. */
  static final long KEPT_NANOS = 30_000_000_000L;

  static final int MOST = 16_384;

  /** Proxies one behind the other: the client's, the server's, and some to spare. */
  private static final int MOST_PROXIES = 4;

  private final Scope scope;
  private final Consumer<Told> receiver;
  private final Deque<Waiting> waiting = new ArrayDeque<>();

  /** The youngest of those that wait, by their ends. */
  private final Map<Ends, SocketEvent> awaited = new HashMap<>();

  private final Map<Ends, Line> lines = new LinkedHashMap<>();
  private final Map<Ends, Own> legs = new LinkedHashMap<>();

  /** Connections that have a record without a proxy's line. */
  private final Map<Ends, Since> bare = new LinkedHashMap<>();

  /** Attempts of proxies that failed, for which they tell no port of theirs. */
  private final Map<InetSocketAddress, Attempts> attempts = new LinkedHashMap<>();

  /** Clients of servers' proxies, which may try from their clients' addresses first. */
  private final Map<InetSocketAddress, Since> clients = new LinkedHashMap<>();

  /** Processes that had a connection that a proxy told of as its own. */
  private final Set<Long> proxies = new LinkedHashSet<>();

  private long unjoined;
  private long late;

  /** Which connections have records. */
  enum Scope {
    /** Those that the observed cgroup makes. */
    MADE_HERE,
    /** Also those of unknown clients that a proxy has accepted. */
    ALSO_INBOUND
  }

  private record Ends(InetSocketAddress from, InetSocketAddress to) {}

  private record Waiting(SocketEvent event, long until) {}

  private interface Timed {
    long at();
  }

  /** Late: its connection has a record already. */
  private record Line(Passed passed, boolean late, long at) implements Timed {}

  /**
   * Kept after its socket has told: the server's proxy may tell of it later, and so may the client.
   */
  private record Own(Optional<SocketEvent> seen, long at) implements Timed {}

  private record Since(long at) implements Timed {}

  private record Attempts(int count, long at) implements Timed {}

  FlowJoiner(Scope scope, Consumer<Told> receiver) {
    this.scope = scope;
    this.receiver = receiver;
  }

  /**
   * A socket has ended.
   *
   * @param window how long to wait for proxies; 0 if there is none
   */
  void take(SocketEvent event, long now, long window) {
    event
        .ends()
        .local()
        .ifPresent(
            local -> {
              // Of an earlier connection between the same ends.
              bare.remove(new Ends(local, event.ends().remote()));
              bare.remove(new Ends(local, event.ends().dialled()));
            });
    if (window == 0) {
      resolve(event, now);
      return;
    }
    waiting.add(new Waiting(event, now + window));
    ends(event).forEach(ends -> awaited.put(ends, event));
    if (waiting.size() > MOST) {
      unjoined++;
      resolve(waiting.remove().event(), now);
    }
  }

  /** A proxy has told of a connection. */
  void take(Passed line, long now) {
    Ends ends = new Ends(line.client(), line.destination());
    boolean isLate = bare.remove(ends) != null;
    line.upstream()
        .ifPresent(
            leg -> {
              if (leg.source().isPresent()) {
                put(
                    legs,
                    new Ends(leg.source().get(), leg.backend()),
                    new Own(Optional.empty(), now),
                    now);
              } else {
                Attempts before = attempts.getOrDefault(leg.backend(), new Attempts(0, now));
                put(attempts, leg.backend(), new Attempts(before.count() + 1, now), now);
              }
            });
    if (line.inbound()) {
      put(clients, line.client(), new Since(now), now);
    }
    put(lines, ends, new Line(line, isLate, now), now);
    if (isLate) {
      late++;
    }
  }

  /** As the youngest. What had its time, and is kept in case, may go without being counted. */
  private <K, V extends Timed> void put(Map<K, V> map, K key, V value, long now) {
    map.remove(key);
    map.put(key, value);
    if (map.size() > MOST) {
      Iterator<V> values = map.values().iterator();
      V oldest = values.next();
      values.remove();
      if (oldest.at() + WINDOW_NANOS - now > 0 && !(oldest instanceof Since)) {
        unjoined++;
      }
    }
  }

  /** Lets go of what has waited long enough. */
  void expire(long now) {
    while (!waiting.isEmpty() && waiting.getFirst().until() - now <= 0) {
      resolve(waiting.remove().event(), now);
    }
    if (scope == Scope.ALSO_INBOUND) {
      inbound(now - 2 * WINDOW_NANOS);
    }
    for (Map<?, ? extends Timed> map : List.of(lines, legs, bare, attempts, clients)) {
      map.values().removeIf(each -> each.at() + KEPT_NANOS - now <= 0);
    }
  }

  /** Lets go of all that waits. */
  void flush(long now) {
    waiting.forEach(each -> resolve(each.event(), now));
    waiting.clear();
    if (scope == Scope.ALSO_INBOUND) {
      inbound(now);
    }
  }

  /** Events and lines that were let go before their time. */
  long unjoined() {
    return unjoined;
  }

  /** Lines whose connections had records without them by then. */
  long late() {
    return late;
  }

  /** Lines about clients that no socket here has told of. */
  private void inbound(long before) {
    List<Passed> due = new ArrayList<>();
    lines.forEach(
        (ends, told) -> {
          boolean isDue = told.at() - before <= 0 && !told.late() && told.passed().inbound();
          if (isDue && !legs.containsKey(ends)) {
            due.add(told.passed());
          }
        });
    for (Passed line : due) {
      lines.remove(new Ends(line.client(), line.destination()));
      receiver.accept(new Told(Optional.empty(), withThoseBehind(line)));
    }
  }

  private void resolve(SocketEvent event, long now) {
    Optional<InetSocketAddress> local = event.ends().local();
    if (local.isEmpty()) {
      receiver.accept(new Told(Optional.of(event), List.of()));
      return;
    }
    ends(event).forEach(ends -> awaited.remove(ends, event));
    if (isOfProxy(event)) {
      return; // It is in its client's record.
    }
    Ends ends = new Ends(local.get(), event.ends().remote());
    Ends dialled = new Ends(local.get(), event.ends().dialled());
    Line told = lines.remove(ends);
    if (told == null) {
      told = lines.remove(dialled);
    }
    if (told == null) {
      put(bare, ends, new Since(now), now);
      put(bare, dialled, new Since(now), now);
    }
    receiver.accept(
        new Told(Optional.of(event), told == null ? List.of() : withThoseBehind(told.passed())));
  }

  /**
   * A proxy's own connection, which it knows as it dialled it; of a failed one only process and
   * destination are known.
   */
  private boolean isOfProxy(SocketEvent event) {
    for (Ends ends : ends(event)) {
      Own own = legs.get(ends);
      if (own != null && own.seen().isEmpty() && !isOfClient(ends)) {
        legs.put(ends, new Own(Optional.of(event), own.at()));
        proxies.add(event.caller().pid());
        if (proxies.size() > MOST) {
          proxies.remove(proxies.iterator().next());
        }
        return true;
      }
    }
    if (event.phase() != Phase.LEFT || !proxies.contains(event.caller().pid())) {
      return false;
    }
    Attempts failed = attempts.get(event.ends().remote());
    if (failed == null) {
      return event.ends().local().map(clients::remove).isPresent();
    }
    if (failed.count() == 1) {
      attempts.remove(event.ends().remote());
    } else {
      attempts.put(event.ends().remote(), new Attempts(failed.count() - 1, failed.at()));
    }
    return true;
  }

  /** A proxy that goes on from its client's address to where that was going has its ends. */
  private boolean isOfClient(Ends ends) {
    Line told = lines.get(ends);
    return told != null
        && (!told.passed().inbound()
            || told.passed()
                .upstream()
                .equals(Optional.of(new Leg(Optional.of(ends.from()), ends.to()))));
  }

  /** The proxies of one connection, in its direction. */
  private List<Step> withThoseBehind(Passed first) {
    List<Step> chain = new ArrayList<>();
    Passed next = first;
    while (next != null) {
      Step step = new Step(next, own(next));
      chain.add(step);
      next = chain.size() < MOST_PROXIES ? behind(step) : null;
    }
    return chain;
  }

  private @Nullable Passed behind(Step step) {
    for (Ends ends :
        Stream.concat(
                leg(step.claim()).stream(), step.own().stream().flatMap(own -> ends(own).stream()))
            .toList()) {
      Line line = lines.remove(ends);
      if (line != null) {
        return line.passed();
      }
    }
    return null;
  }

  private static Optional<Ends> leg(Passed proxy) {
    return proxy
        .upstream()
        .flatMap(leg -> leg.source().map(source -> new Ends(source, leg.backend())));
  }

  /** A proxy's connection: its socket has told, or waits to be told. */
  private Optional<SocketEvent> own(Passed proxy) {
    // One that connects from its client's address: that may as well be the client's.
    Optional<Ends> ends =
        leg(proxy).filter(leg -> !leg.equals(new Ends(proxy.client(), proxy.destination())));
    Optional<SocketEvent> told = ends.map(legs::get).flatMap(Own::seen);
    return told.isPresent() ? told : ends.map(awaited::get);
  }

  /** As connected, and as dialled; none if it has no address. */
  private static List<Ends> ends(SocketEvent event) {
    SocketEvent.Ends ends = event.ends();
    return Stream.of(ends.remote(), ends.dialled())
        .distinct()
        .flatMap(to -> ends.local().map(local -> new Ends(local, to)).stream())
        .toList();
  }
}
