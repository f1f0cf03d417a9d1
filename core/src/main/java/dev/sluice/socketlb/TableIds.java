// SPDX-License-Identifier: Apache-2.0
package dev.sluice.socketlb;

import java.net.InetSocketAddress;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/**
 * Numbers for backend sets and backends. A number stays with its owner from one table to the next,
 * so that counters and affinities do; the number of a set is given once and never again, since
 * sockets remember it for as long as they live. Confined to one thread.
 */
final class TableIds {
  private final Map<String, Integer> sets = new HashMap<>();
  private final Map<InetSocketAddress, Integer> backends = new HashMap<>();
  private int lastSet;
  private int lastBackend;

  /** What an earlier table said. */
  void knowSet(String name, int id) {
    sets.put(name, id);
    lastSet = Math.max(lastSet, id);
  }

  /** What an earlier table said. */
  void knowBackend(InetSocketAddress address, int id) {
    backends.put(address, id);
    lastBackend = Math.max(lastBackend, id);
  }

  /** Numbers that nobody else may get, whoever has them. */
  void takeSets(Collection<Integer> ids) {
    ids.forEach(id -> lastSet = Math.max(lastSet, id));
  }

  /** A number that nobody else may get, whoever has it. */
  void takeBackend(int id) {
    lastBackend = Math.max(lastBackend, id);
  }

  /** The highest number of a set so far, whoever has it; 0 if there was none. */
  int lastSet() {
    return lastSet;
  }

  /** From 1. */
  int ofSet(String name) {
    return sets.computeIfAbsent(name, _ -> ++lastSet);
  }

  /** From 1; 0 stands for refusals in the counters. */
  int ofBackend(InetSocketAddress address) {
    return backends.computeIfAbsent(address, _ -> ++lastBackend);
  }
}
