// SPDX-License-Identifier: Apache-2.0
package dev.sluice.socketlb;

import dev.sluice.linux.bpf.BpfCodec;
import dev.sluice.linux.bpf.BpfMap;
import dev.sluice.linux.bpf.TypedMap;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * What is kept beside the table: what the numbers of sets stand for, and the connections of each
 * backend of each set. What is known of a set goes from here when no table has it any more; its
 * number is given to nobody else. Borrows the maps; confined to one thread.
 */
final class Ledger {
  private static final int NAME_BYTES = 168;
  private static final int REASON_BYTES = 248;

  /** Not a count: the highest number that a set ever had. */
  private static final CountedBy LAST_SET = new CountedBy(0, 1);

  private final TypedMap<Integer, String> names;
  private final TypedMap<Integer, String> reasons;
  private final TypedMap<CountedBy, Long> counters;
  private final TypedMap<Integer, ServiceTraffic> traffic;

  private Ledger(BpfMap names, BpfMap reasons, BpfMap counters, BpfMap traffic) {
    this.names = TypedMap.of(names, BpfCodec.u32(), textCodec(NAME_BYTES));
    this.reasons = TypedMap.of(reasons, BpfCodec.u32(), textCodec(REASON_BYTES));
    this.counters = counters(counters);
    this.traffic = TypedMap.of(traffic, BpfCodec.u32(), ServiceTraffic.CODEC);
  }

  /** Over the load balancer's maps, which somebody else closes. */
  static <E extends Exception> Ledger of(Maps<E> maps) throws E {
    return new Ledger(
        maps.map("names"), maps.map("reasons"), maps.map("counters"), maps.map("traffic"));
  }

  /** The load balancer's maps by name. */
  interface Maps<E extends Exception> {
    BpfMap map(String name) throws E;
  }

  /**
   * {@code struct counter_key}.
   *
   * @param set 0 for what is about no set
   * @param backend 0 for connections that were refused
   */
  record CountedBy(int set, int backend) {}

  /** Counters of connections; the map stays somebody else's. */
  static TypedMap<CountedBy, Long> counters(BpfMap map) {
    return TypedMap.of(map, counterKeys(), BpfCodec.u64());
  }

  /** By number. */
  Map<Integer, String> names() throws IOException {
    return names.readAll();
  }

  /** By number. */
  Map<Integer, String> reasons() throws IOException {
    return reasons.readAll();
  }

  /** By number; none for a set that nobody has dialled. */
  Map<Integer, ServiceTraffic> traffic() throws IOException {
    return traffic.readAll();
  }

  /** All of them; none that is 0. */
  Map<CountedBy, Long> counters() throws IOException {
    return counters.readAll();
  }

  /**
   * The numbers that the sets and backends of {@code table} have, and those that are taken: a run
   * that was killed may have left names, which keep their numbers, and counters of what is in no
   * table.
   */
  TableIds numbers(Collection<TableEntry> table) throws IOException {
    TableIds ids = new TableIds();
    Map<CountedBy, Long> counted = counters();
    Long last = counted.remove(LAST_SET);
    ids.takeSets(Set.of(last == null ? 0 : last.intValue()));
    for (CountedBy each : counted.keySet()) {
      ids.takeSets(Set.of(each.set()));
      ids.takeBackend(each.backend());
    }
    ids.takeSets(traffic().keySet());
    Set<Integer> present = TableEntry.sets(table);
    ids.takeSets(present);
    Map<Integer, String> named = names();
    named.forEach((id, name) -> ids.knowSet(name, id));
    // Where a name was written down twice, the number that is in force counts.
    named.keySet().retainAll(present);
    named.forEach((id, name) -> ids.knowSet(name, id));
    for (TableEntry entry : table) {
      if (entry instanceof TableEntry.Backend backend) {
        ids.knowBackend(backend.address(), backend.id());
      }
    }
    return ids;
  }

  /** Writes down the names of a table that is going to be in force. */
  void addNames(TableImage image, Rollback rollback) throws IOException {
    Map<Integer, String> fresh = new HashMap<>(image.names());
    fresh.keySet().removeAll(names().keySet());
    rollback.add(() -> names.deleteAll(fresh.keySet()));
    names.putAll(fresh);
  }

  /**
   * Writes down the highest number, after the names and before a table with it is in force: a
   * connection counts for its set as long as it lives, and must not for another one when its own is
   * gone.
   */
  void putLastSet(TableIds ids, Rollback rollback) throws IOException {
    Optional<Long> before = counters.get(LAST_SET);
    long last = ids.lastSet();
    if (last != before.orElse(0L)) {
      rollback.add(() -> restoreLastSet(before));
      counters.put(LAST_SET, last);
    }
  }

  private void restoreLastSet(Optional<Long> before) throws IOException {
    if (before.isPresent()) {
      counters.put(LAST_SET, before.get());
    } else {
      counters.delete(LAST_SET);
    }
  }

  /** Writes down why connections need the proxy or not. */
  void putReasons(TableImage image, Rollback rollback) throws IOException {
    Map<Integer, String> before = reasons.readAll();
    Map<Integer, String> changed = new HashMap<>(image.reasons());
    changed.entrySet().removeIf(entry -> entry.getValue().equals(before.get(entry.getKey())));
    Set<Integer> fresh = new HashSet<>(changed.keySet());
    fresh.removeAll(before.keySet());
    before.keySet().retainAll(changed.keySet());
    rollback.add(
        () -> {
          reasons.deleteAll(fresh);
          reasons.putAll(before);
        });
    reasons.putAll(changed);
  }

  /** Forgets what is about sets and backends that {@code table}, in force by now, hasn't. */
  void keepOnly(Collection<TableEntry> table, Rollback rollback) throws IOException {
    Set<Integer> sets = TableEntry.sets(table);
    Set<CountedBy> counted = new HashSet<>();
    counted.add(new CountedBy(0, 0));
    counted.add(LAST_SET);
    sets.forEach(set -> counted.add(new CountedBy(set, 0)));
    for (TableEntry entry : table) {
      if (entry instanceof TableEntry.Backend backend) {
        counted.add(new CountedBy(backend.set(), backend.id()));
      }
    }
    forget(names, id -> !sets.contains(id), rollback);
    forget(reasons, id -> !sets.contains(id), rollback);
    forget(traffic, id -> !sets.contains(id), rollback);
    forget(counters, key -> !counted.contains(key), rollback);
  }

  private static <K, V> void forget(TypedMap<K, V> map, Predicate<K> gone, Rollback rollback)
      throws IOException {
    Map<K, V> entries = map.readAll();
    entries.keySet().removeIf(gone.negate());
    if (!entries.isEmpty()) {
      rollback.add(() -> map.putAll(entries));
      map.deleteAll(entries.keySet());
    }
  }

  private static BpfCodec<CountedBy> counterKeys() {
    return BpfCodec.of(
        2 * Integer.BYTES,
        (key, to) -> to.putInt(key.set()).putInt(key.backend()),
        from -> new CountedBy(from.getInt(), from.getInt()));
  }

  /** {@code char text[bytes]}, ended by 0. */
  private static BpfCodec<String> textCodec(int bytes) {
    return BpfCodec.of(
        bytes,
        (words, to) -> {
          byte[] text = words.getBytes(StandardCharsets.UTF_8);
          to.put(text, 0, Math.min(text.length, bytes - 1));
        },
        from -> {
          byte[] text = new byte[bytes];
          from.get(text);
          int end = 0;
          while (end < text.length && text[end] != 0) {
            end++;
          }
          return new String(text, 0, end, StandardCharsets.UTF_8);
        });
  }
}
