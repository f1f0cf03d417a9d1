// SPDX-License-Identifier: Apache-2.0
package dev.sluice.socketlb;

import dev.sluice.linux.bpf.BpfMap;
import dev.sluice.socketlb.DepartedBackends.Departed;
import dev.sluice.socketlb.Ledger.CountedBy;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What the kernel has counted for one backend set since it exists. Immutable.
 *
 * @param name of the set
 * @param given connections that were given a backend, whether that is still there or not
 * @param refused connections for want of a backend or of room
 * @param traffic what became of those of TCP
 */
record CountedService(String name, long given, long refused, ServiceTraffic traffic) {
  private static final int MOST_READINGS = 4;

  /**
   * All of them at one moment.
   *
   * @param services in the order in which they came, the oldest first
   * @param forgotten backends that UDP sockets have forgotten, which is about no service
   */
  record All(List<CountedService> services, long forgotten) {}

  /** Whether anything was counted. */
  boolean isCounted() {
    return given != 0 || refused != 0 || !traffic.equals(ServiceTraffic.NONE);
  }

  /**
   * Reads them beside whoever changes them: no total is less than one that was read before.
   *
   * @return empty if something changes all the time
   */
  static Optional<All> read(Ledger.Maps<IOException> maps) throws IOException {
    Ledger ledger = Ledger.of(maps);
    BpfMap counters = maps.map("counters");
    DepartedBackends departed = DepartedBackends.of(maps.map("departed"), counters);
    Map<Integer, Departed> before = departed.all();
    for (int reading = 0; reading < MOST_READINGS; reading++) {
      Map<CountedBy, Long> counted = ledger.counters();
      Map<Integer, ServiceTraffic> traffic = ledger.traffic();
      // Names go first when a set goes: what has one now had its counters when they were read.
      Map<Integer, String> names = ledger.names();
      Map<Integer, Departed> after = departed.all();
      if (after.equals(before)) {
        return Optional.of(
            new All(
                services(names, traffic, counted, after),
                counted.getOrDefault(new CountedBy(0, 0), 0L)));
      }
      before = after;
    }
    return Optional.empty();
  }

  private static List<CountedService> services(
      Map<Integer, String> names,
      Map<Integer, ServiceTraffic> traffic,
      Map<CountedBy, Long> counted,
      Map<Integer, Departed> departed) {
    Map<Integer, Long> given = new HashMap<>();
    departed.forEach((set, left) -> given.put(set, left.connections()));
    counted.forEach(
        (by, count) -> {
          if (by.backend() != 0
              && by.backend() != departed.getOrDefault(by.set(), Departed.NONE).moving()) {
            given.merge(by.set(), count, Long::sum);
          }
        });
    // A run that was killed may have written a name down twice: then the younger one counts.
    Map<String, Integer> latest = new HashMap<>();
    names.forEach((id, name) -> latest.merge(name, id, Math::max));
    List<CountedService> services = new ArrayList<>();
    new TreeMap<>(names)
        .forEach(
            (id, name) -> {
              if (id.equals(latest.get(name))) {
                services.add(
                    new CountedService(
                        name,
                        given.getOrDefault(id, 0L),
                        counted.getOrDefault(new CountedBy(id, 0), 0L),
                        traffic.getOrDefault(id, ServiceTraffic.NONE)));
              }
            });
    return services;
  }
}
