// SPDX-License-Identifier: Apache-2.0
package dev.sluice.socketlb;

import dev.sluice.linux.bpf.BpfCodec;
import dev.sluice.linux.bpf.BpfMap;
import dev.sluice.linux.bpf.TypedMap;
import dev.sluice.socketlb.Ledger.CountedBy;
import java.io.IOException;
import java.util.Collection;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The connections that backends were given which have left their set since, so that the total of a
 * set never falls while the set is there. A counter goes from one map to another in steps, each of
 * which leaves the total as it is, also for somebody who reads it then or finds it so after the
 * writer was killed. Borrows the maps; confined to one thread.
 */
final class DepartedBackends {
  private final TypedMap<Integer, Departed> departed;
  private final TypedMap<CountedBy, Long> counters;

  private DepartedBackends(
      TypedMap<Integer, Departed> departed, TypedMap<CountedBy, Long> counters) {
    this.departed = departed;
    this.counters = counters;
  }

  /** Over the load balancer's maps, which somebody else closes. */
  static DepartedBackends of(BpfMap departed, BpfMap counters) {
    return new DepartedBackends(
        TypedMap.of(departed, BpfCodec.u32(), Departed.CODEC), Ledger.counters(counters));
  }

  /**
   * {@code struct departed}: those of one set.
   *
   * @param moving the backend whose counter is among them and still there; 0 for none
   */
  record Departed(long connections, int moving) {
    static final Departed NONE = new Departed(0, 0);

    static final BpfCodec<Departed> CODEC =
        BpfCodec.of(
            Long.BYTES + 2 * Integer.BYTES,
            (value, to) -> to.putLong(value.connections).putInt(value.moving).putInt(0),
            from -> new Departed(from.getLong(), from.getInt()));
  }

  /** By the number of the set; none for a set that no backend has left. */
  Map<Integer, Departed> all() throws IOException {
    return departed.readAll();
  }

  /** Finishes what a run that was killed had begun, before a number is given to anybody. */
  void finish() throws IOException {
    for (Map.Entry<Integer, Departed> entry : all().entrySet()) {
      Departed known = entry.getValue();
      if (known.moving() != 0) {
        counters.delete(new CountedBy(entry.getKey(), known.moving()));
        departed.put(entry.getKey(), new Departed(known.connections(), 0));
      }
    }
  }

  /** Takes over the counters of backends that {@code table}, in force by now, hasn't. */
  void take(Collection<TableEntry> table, Rollback rollback) throws IOException {
    Set<Integer> sets = TableEntry.sets(table);
    Set<CountedBy> serving = new HashSet<>();
    for (TableEntry entry : table) {
      if (entry instanceof TableEntry.Backend backend) {
        serving.add(new CountedBy(backend.set(), backend.id()));
      }
    }
    for (Map.Entry<CountedBy, Long> entry : counters.readAll().entrySet()) {
      CountedBy by = entry.getKey();
      if (by.backend() != 0 && sets.contains(by.set()) && !serving.contains(by)) {
        move(by, entry.getValue(), rollback);
      }
    }
  }

  private void move(CountedBy by, long count, Rollback rollback) throws IOException {
    Optional<Departed> before = departed.get(by.set());
    long total = before.orElse(Departed.NONE).connections() + count;
    Departed moving = new Departed(total, by.backend());
    rollback.add(
        () -> {
          departed.put(by.set(), moving);
          counters.put(by, count);
          restore(by.set(), before);
        });
    departed.put(by.set(), moving);
    counters.delete(by);
    departed.put(by.set(), new Departed(total, 0));
  }

  private void restore(int set, Optional<Departed> before) throws IOException {
    if (before.isPresent()) {
      departed.put(set, before.get());
    } else {
      departed.delete(set);
    }
  }

  /** Forgets those of sets that {@code table}, in force by now, hasn't. */
  void keepOnly(Collection<TableEntry> table, Rollback rollback) throws IOException {
    Map<Integer, Departed> gone = all();
    gone.keySet().removeAll(TableEntry.sets(table));
    if (!gone.isEmpty()) {
      rollback.add(() -> departed.putAll(gone));
      departed.deleteAll(gone.keySet());
    }
  }
}
