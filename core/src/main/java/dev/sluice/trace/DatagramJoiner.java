// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import dev.sluice.linux.Errno;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Makes a path of what was collected about one datagram and its answer. Pure. No proxy of ours
 * takes UDP, so there is one leg.
 */
final class DatagramJoiner {
  private DatagramJoiner() {}

  /**
   * The hops in the order of the path.
   *
   * @param passage of the datagram
   * @param bound sockets that take datagrams where it was delivered
   */
  static List<Hop> join(Material material, Passage passage, List<SeenSocket> bound) {
    Dial dial = material.dial();
    List<Hop> hops = new ArrayList<>();
    hops.add(
        new Hop(
            Sighting.event("sendto(2) of this trace", dial.calledAtNanos()),
            new What.Sent(dial.place(), material.observed().cgroup(), dial.destination())));
    List<Hop> received = new ArrayList<>();
    for (Hop hop : material.observed().hooks()) {
      boolean sending = hop.what() instanceof What.Hooked it && it.hook().contains("sendmsg");
      (sending ? hops : received).add(hop);
    }
    hops.addAll(
        passage
            .firstFlow()
            .map(
                flow ->
                    Routes.among(passage.hops(), material.observed().routes(), flow, dial.place()))
            .orElse(List.of()));
    left(passage)
        .ifPresent(
            flow ->
                hops.add(
                    unknown(
                        dial,
                        new What.Unknown(
                            "the way of " + flow + " from there on",
                            "no other namespace that is traced had it; add --through NAME"))));
    for (SeenSocket socket : bound) {
      hops.add(
          new Hop(
              Sighting.state("sock_diag", socket.readAtNanos()),
              new What.BoundThere(socket.place(), socket.socket().id().local(), socket.holder())));
    }
    hops.addAll(received);
    hops.add(ending(dial));
    hops.addAll(material.observed().counted());
    if (passage.hops().isEmpty() && dial.errno() == 0) {
      hops.add(
          unknown(
              dial,
              new What.Unknown(
                  "netfilter of the datagram", "none that was traced carries what it carries")));
    }
    material.gaps().forEach(gap -> hops.add(unknown(dial, gap)));
    return List.copyOf(hops);
  }

  /** As what it left the last namespace that had it, if it did. */
  private static Optional<Flow> left(Passage passage) {
    return passage.hops().isEmpty()
            || !(passage.hops().getLast().what() instanceof What.Packet last)
            || last.point() != What.Point.LEAVES
        ? Optional.empty()
        : passage.lastFlow();
  }

  private static Hop ending(Dial dial) {
    if (dial.errno() != 0) {
      return new Hop(
          Sighting.event("sendto(2) of this trace", dial.endedAtNanos()),
          new What.Outcome(Errno.describe(dial.errno()), false));
    }
    return dial.peer()
        .map(
            from ->
                new Hop(
                    Sighting.event("recvfrom(2) of this trace", dial.endedAtNanos()),
                    new What.Answered(from, from.equals(dial.destination()))))
        .orElseGet(
            () ->
                unknown(
                    dial,
                    new What.Unknown(
                        "an answer", "none came, and UDP doesn't say whether one will")));
  }

  private static Hop unknown(Dial dial, What.Unknown what) {
    return new Hop(new Sighting(Evidence.NOT_OBSERVED, "", dial.endedAtNanos()), what);
  }
}
