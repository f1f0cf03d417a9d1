// SPDX-License-Identifier: Apache-2.0
package dev.sluice.node;

import dev.sluice.telemetry.ConnectionView;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** What several pods have open, put together: each tells on a loop, whenever that has its turn. */
final class OpenView {
  private final int most;
  private final Consumer<List<ConnectionView>> receiver;
  private final List<ConnectionView> views = new ArrayList<>();

  /** For {@code receiver}, who gets at most {@code most}, once. */
  OpenView(int most, Consumer<List<ConnectionView>> receiver) {
    this.most = most;
    this.receiver = receiver;
  }

  /** Asks them. */
  void of(List<ServedPod> pods) {
    AtomicInteger left = new AtomicInteger(pods.size());
    if (pods.isEmpty()) {
      receiver.accept(List.of());
    }
    for (ServedPod pod : pods) {
      pod.proxy()
          .viewConnections(
              most,
              seen -> {
                take(seen, pod.name().text());
                if (left.decrementAndGet() == 0) {
                  receiver.accept(all());
                }
              });
    }
  }

  private synchronized void take(List<ConnectionView> seen, String pod) {
    seen.stream().limit(most - views.size()).forEach(view -> views.add(view.of(pod)));
  }

  private synchronized List<ConnectionView> all() {
    return List.copyOf(views);
  }
}
