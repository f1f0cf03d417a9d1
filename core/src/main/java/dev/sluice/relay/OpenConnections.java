// SPDX-License-Identifier: Apache-2.0
package dev.sluice.relay;

import dev.sluice.failure.Outcome;
import dev.sluice.loop.Worker;
import dev.sluice.telemetry.ConnectionView;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** The connections that are served at present. Thread-safe unless said otherwise. */
public final class OpenConnections {
  private final Set<OpenConnection> open = ConcurrentHashMap.newKeySet();

  OpenConnections() {}

  void add(OpenConnection connection) {
    open.add(connection);
  }

  void remove(OpenConnection connection) {
    open.remove(connection);
    connection.ended();
  }

  /** A view: what comes and goes while it is read may or may not be seen. */
  public Collection<OpenConnection> all() {
    return Collections.unmodifiableSet(open);
  }

  /**
   * Where everything stands that {@code worker} serves, on whose loop this is called. It is true
   * until the loop goes on.
   */
  public List<FrozenConnection> frozenOn(Worker worker) {
    return open.stream()
        .filter(connection -> connection.worker().equals(worker))
        .flatMap(connection -> connection.frozen().stream())
        .toList();
  }

  /**
   * Another process goes on with all that {@code worker} serves, on whose loop this is called: it
   * is closed here without a word to anybody, and not recorded.
   */
  public void letGoOn(Worker worker) {
    forEachOn(worker, OpenConnection::letGo);
    open.removeIf(connection -> connection.worker().equals(worker));
  }

  /** How many. */
  public int count() {
    return open.size();
  }

  /** Whether nothing is being served. */
  public boolean areNone() {
    return open.isEmpty();
  }

  /** Shows {@code visitor}, who may end it, each that {@code worker} serves; on its loop. */
  public void forEachOn(Worker worker, Consumer<OpenConnection> visitor) {
    for (OpenConnection connection : open) {
      if (connection.worker().equals(worker)) {
        visitor.accept(connection);
      }
    }
  }

  /**
   * Hands {@code receiver} what can be told of those that {@code workers} serve, at most {@code
   * most}; once, soon, on one of the loops.
   */
  public void view(List<Worker> workers, int most, Consumer<List<ConnectionView>> receiver) {
    List<ConnectionView> views = Collections.synchronizedList(new ArrayList<>());
    AtomicInteger left = new AtomicInteger(workers.size());
    for (Worker worker : workers) {
      worker.execute(
          () -> {
            for (OpenConnection connection : open) {
              if (views.size() >= most) {
                break;
              }
              if (connection.worker().equals(worker)) {
                views.add(connection.view());
              }
            }
            if (left.decrementAndGet() == 0) {
              receiver.accept(List.copyOf(views));
            }
          });
    }
  }

  /** Ends all that {@code worker} serves, on whose loop this is called. */
  public void endOn(Worker worker, Outcome.Failed why) {
    forEachOn(worker, connection -> connection.end(why));
  }
}
