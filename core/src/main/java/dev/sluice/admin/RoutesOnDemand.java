// SPDX-License-Identifier: Apache-2.0
package dev.sluice.admin;

import dev.sluice.probe.AppProbes;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The endpoints behind a door, made at the first request: most proxies are asked for little or
 * nothing, and each of them would carry what it takes. Confined to one thread.
 */
final class RoutesOnDemand {
  private final Supplier<Routes> make;
  private @Nullable Routes made;

  /** Which endpoints. */
  enum Kind {
    /** All of them. */
    ADMIN,
    /** Readiness. */
    STATUS,
    /** Metrics, and what the kubelet asks about the applications. */
    STATS
  }

  RoutesOnDemand(Supplier<Routes> make) {
    this.make = make;
  }

  /** Those of a proxy. */
  static RoutesOnDemand of(Kind kind, ProxyView proxy, Optional<AppProbes> probes) {
    return new RoutesOnDemand(
        () ->
            switch (kind) {
              case ADMIN -> Endpoints.admin(proxy);
              case STATUS -> Endpoints.status(proxy);
              case STATS -> Endpoints.stats(proxy, probes);
            });
  }

  Routes get() {
    if (made == null) {
      made = make.get();
    }
    return made;
  }
}
