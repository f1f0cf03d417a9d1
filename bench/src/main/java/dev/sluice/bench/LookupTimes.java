// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench;

import dev.sluice.socketlb.LoadBalancer;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * What a connect to a service costs among more and more services: each number has a cgroup, a load
 * balancer and a listener of its own, and all stand at the same time. Rounds in shuffled order.
 */
public final class LookupTimes {
  /** The first is measured twice: how far the two differ is the noise. */
  public static final List<Integer> SERVICES = List.of(10, 10, 100, 1_000, 10_000, 50_000);

  private static final int CONNECTIONS = 200;

  private final OrderlyEnd end;
  private final int rounds;

  private LookupTimes(OrderlyEnd end, int rounds) {
    this.end = end;
    this.rounds = rounds;
  }

  private record Place(Path cgroup, PatientListener listener) {}

  /**
   * Measures; removes all that it made.
   *
   * @return nanoseconds of a connect and close, by {@link #SERVICES} and round
   */
  public static double[][] measure(OrderlyEnd end, int rounds) throws Exception {
    try (BenchNamespace namespace = BenchNamespace.plain();
        BenchCgroups cgroups = BenchCgroups.create()) {
      return new LookupTimes(end, rounds).run(namespace, cgroups);
    }
  }

  private double[][] run(BenchNamespace namespace, BenchCgroups cgroups) throws Exception {
    List<Place> places = new ArrayList<>();
    try {
      for (int i = 0; i < SERVICES.size(); i++) {
        end.check();
        places.add(place(namespace, cgroups, i));
      }
      return rounds(namespace, places);
    } finally {
      for (Place place : places) {
        place.listener().close();
      }
    }
  }

  private static Place place(BenchNamespace namespace, BenchCgroups cgroups, int number)
      throws Exception {
    Path cgroup = cgroups.make("lookup-" + number);
    BenchCgroups.enter(cgroup);
    PatientListener listener = namespace.call(() -> PatientListener.on(0));
    InetSocketAddress backend = listener.address();
    LoadBalancer.apply(cgroups.pins(), cgroup, ServiceTables.of(SERVICES.get(number), backend, 1));
    return new Place(cgroup, listener);
  }

  private double[][] rounds(BenchNamespace namespace, List<Place> places) throws Exception {
    double[][] nanos = new double[places.size()][rounds];
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < places.size(); i++) {
      order.add(i);
      run(namespace, places.get(i)); // a warm-up that doesn't count
    }
    Random random = new Random(42);
    for (int round = 0; round < rounds; round++) {
      Collections.shuffle(order, random);
      for (int i : order) {
        end.check();
        nanos[i][round] = run(namespace, places.get(i));
      }
    }
    return nanos;
  }

  private static double run(BenchNamespace namespace, Place place) throws Exception {
    BenchCgroups.enter(place.cgroup());
    long nanos = namespace.call(() -> ConnectClient.run(ServiceTables.SERVICE, CONNECTIONS));
    place.listener().takeAll(CONNECTIONS);
    return (double) nanos / CONNECTIONS;
  }
}
