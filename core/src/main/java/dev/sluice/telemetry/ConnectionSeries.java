// SPDX-License-Identifier: Apache-2.0
package dev.sluice.telemetry;

import dev.sluice.net.Direction;
import dev.sluice.net.OriginalDestination;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The series of {@link ConnectionMetrics}, of one workload or of several. Thread-safe; counting
 * never blocks.
 *
 * <p>Those of a workload that has gone stay for a while, so that what it had last is still seen by
 * whoever asks now and then; they are looked at when somebody asks.
 */
final class ConnectionSeries {
  static final int MOST_SERIES = 2_000;

  /** For how long Prometheus takes a sample for the present one. */
  private static final long KEPT_NANOS = 300_000_000_000L;

  private final Map<Key, Totals> byKey = new ConcurrentHashMap<>();
  private final LongAdder others = new LongAdder();
  private final Workload root;
  private final Function<OriginalDestination, ServiceLabel> services;
  private final LongSupplier nanoTime;
  private final Map<Workload, Presence> present = new HashMap<>();

  /**
   * A series but for its name. Compared as {@link Workload} is.
   *
   * @param own the workload whose connections these are
   */
  record Key(Workload own, Direction direction, ServiceLabel service, String flags) {
    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Key that
          && direction == that.direction
          && flags.equals(that.flags)
          && service.equals(that.service)
          && own.equals(that.own);
    }

    @Override
    public int hashCode() {
      // Not Objects.hash: on an event loop, for each connection.
      return 31 * (31 * (31 * own.hashCode() + direction.hashCode()) + service.hashCode())
          + flags.hashCode();
    }
  }

  record Totals(LongAdder opened, LongAdder closed, LongAdder received, LongAdder sent) {
    Totals() {
      this(new LongAdder(), new LongAdder(), new LongAdder(), new LongAdder());
    }
  }

  private static final class Presence {
    private int users;
    private long goneAt;
  }

  /** None; those of {@code root} stay for ever. */
  ConnectionSeries(
      Workload root, Function<OriginalDestination, ServiceLabel> services, LongSupplier nanoTime) {
    this.root = root.withoutPod();
    this.services = services;
    this.nanoTime = nanoTime;
    begin(this.root);
  }

  /** One more whose series have these labels. */
  synchronized void begin(Workload workload) {
    // Also where nobody asks for metrics, which is when the others go.
    forget();
    present.computeIfAbsent(workload, _ -> new Presence()).users++;
  }

  /** One less. */
  synchronized void end(Workload workload) {
    Presence presence = present.get(workload);
    if (presence != null && --presence.users == 0) {
      presence.goneAt = nanoTime.getAsLong();
    }
  }

  Totals totals(Workload own, ConnectionOrigin origin, String flags) {
    OriginalDestination destination = origin.originalDestination();
    ServiceLabel service = destination == null ? ServiceLabel.UNKNOWN : services.apply(destination);
    Key key = new Key(own, origin.direction(), service, flags);
    @Nullable Totals known = byKey.get(key);
    if (known != null) {
      return known;
    }
    if (byKey.size() < MOST_SERIES) {
      return byKey.computeIfAbsent(key, _ -> new Totals());
    }
    others.increment();
    return byKey.computeIfAbsent(
        new Key(root, origin.direction(), ServiceLabel.OTHERS, flags), _ -> new Totals());
  }

  /** How often something was counted under no name of its own. */
  long overflow() {
    return others.sum();
  }

  /** All that are to be told of, in a stable order. */
  List<Map.Entry<Key, Totals>> sorted() {
    forget();
    return byKey.entrySet().stream()
        .sorted(Comparator.comparing(entry -> entry.getKey().toString()))
        .toList();
  }

  private synchronized void forget() {
    long now = nanoTime.getAsLong();
    boolean gone =
        present
            .values()
            .removeIf(presence -> presence.users == 0 && now - presence.goneAt > KEPT_NANOS);
    if (gone) {
      byKey.keySet().removeIf(key -> !present.containsKey(key.own()));
    }
  }
}
