// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import dev.sluice.linux.Errno;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Puts the lookups in routing tables among the hops of the packet that they were made for: those of
 * other packets, and those of answers, are left out. Pure.
 */
final class Routes {
  private static final String SOURCE = "tracepoints fib_table_lookup, fib6_table_lookup";
  private static final Map<Long, String> TABLES =
      Map.of(253L, "default", 254L, "main", 255L, "local");

  /** "Not in this table, ask the next one." */
  private static final int NOT_HERE = -11;

  private static final int NONE_OR_REFUSED = -101;

  private Routes() {}

  /**
   * The hops with the lookups: each behind the hop that gave the packet its destination in that
   * namespace, and before all of them those that connect(2) itself made.
   *
   * @param dialled from and to where the packet was sent, after cgroup programs
   * @param client where from
   * @param passage of the packet
   */
  static List<Hop> among(List<Hop> passage, List<SeenRoute> routes, Flow dialled, Place client) {
    Map<Long, Place> places = new HashMap<>();
    places.put(client.inode(), client);
    passage.forEach(hop -> placed(hop.what()).ifPresent(at -> places.put(at.inode(), at)));
    List<Hop> first = new ArrayList<>();
    Map<Integer, List<Hop>> behind = new HashMap<>();
    for (SeenRoute route : routes) {
      Optional<Place> place =
          route.namespace() == 0
              ? Optional.empty()
              : Optional.of(
                  places.getOrDefault(
                      route.namespace(),
                      new Place("network namespace " + route.namespace(), route.namespace())));
      int at = index(passage, route, place);
      boolean own =
          isFor(route, dialled)
              && route.mark() == 0
              && place.filter(there -> there.inode() != client.inode()).isEmpty();
      if (own) {
        first.add(hop(route, place));
      } else if (at >= 0) {
        behind.computeIfAbsent(at, _ -> new ArrayList<>()).add(hop(route, place));
      }
    }
    List<Hop> all = new ArrayList<>(first);
    for (int i = 0; i < passage.size(); i++) {
      all.add(passage.get(i));
      all.addAll(behind.getOrDefault(i, List.of()));
    }
    return all;
  }

  /** The hop that made the packet have that destination there; -1 if there is none. */
  private static int index(List<Hop> passage, SeenRoute route, Optional<Place> place) {
    for (int i = 0; i < passage.size(); i++) {
      What what = passage.get(i).what();
      Optional<Flow> flow =
          switch (what) {
            case What.Packet it -> Optional.of(it.flow());
            case What.Translated it -> Optional.of(it.after());
            default -> Optional.empty();
          };
      boolean there = place.isEmpty() || placed(what).equals(place);
      if (there && flow.filter(now -> isFor(route, now)).isPresent()) {
        return i;
      }
    }
    return -1;
  }

  private static Optional<Place> placed(What what) {
    return switch (what) {
      case What.Packet it -> Optional.of(it.place());
      case What.Translated it -> Optional.of(it.place());
      default -> Optional.empty();
    };
  }

  /** What isn't chosen yet, or doesn't count, is 0 in a lookup. */
  private static boolean isFor(SeenRoute route, Flow flow) {
    InetSocketAddress from = route.flow().source();
    return (from.getAddress().isAnyLocalAddress() || agrees(from, flow.source()))
        && agrees(route.flow().destination(), flow.destination());
  }

  private static boolean agrees(InetSocketAddress asked, InetSocketAddress end) {
    return asked.getAddress().equals(end.getAddress())
        && (asked.getPort() == 0 || asked.getPort() == end.getPort());
  }

  private static Hop hop(SeenRoute route, Optional<Place> place) {
    return new Hop(
        Sighting.event(SOURCE, route.nanos()),
        new What.Routed(
            place,
            route.flow(),
            TABLES.getOrDefault(route.table(), Long.toString(route.table())),
            route.mark(),
            route.device(),
            route.gateway(),
            result(route)));
  }

  private static String result(SeenRoute route) {
    return switch (route.result()) {
      case 0 -> "found";
      case NOT_HERE -> "not in this table";
      // To the kernel's IPv6 both are one route that refuses.
      case NONE_OR_REFUSED -> "not in this table, or refused";
      default -> Errno.describe(-route.result());
    };
  }
}
