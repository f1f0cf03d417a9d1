// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The sockets of a path that is being made, and whose they are. */
final class PathSockets {
  /** After which a proxy that hasn't connected onward will not: it has denied, or can't. */
  static final Duration SETTLE_MOST = Duration.ofSeconds(2);

  /** The least time for the proxy to connect onward before sockets are looked for. */
  private static final Duration SETTLE = Duration.ofMillis(150);

  private PathSockets() {}

  /** The addresses that connections of the path are known to come from, more and more. */
  interface Sources {
    Set<InetSocketAddress> now() throws IOException;
  }

  /**
   * Looks for the sockets of the path until each proxy that keeps a log has one at the other end of
   * its own connection, too.
   */
  static List<SeenSocket> settled(Dial dial, Sources known) throws IOException {
    long end = dial.endedAtNanos() + SETTLE_MOST.toNanos();
    while (true) {
      Tracer.sleep(SETTLE);
      Set<InetSocketAddress> sources = known.now();
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

  static Set<Holder> holders(List<SeenSocket> sockets) {
    Set<Holder> holders = new HashSet<>();
    sockets.forEach(seen -> seen.holder().ifPresent(holders::add));
    return holders;
  }

  /**
   * Who may have had the connection, where nobody has it any more: a proxy that denies resets it at
   * once, and writes so.
   */
  static Set<Holder> formerProxies(Dial dial, Packets packets, List<SeenSocket> sockets)
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
}
