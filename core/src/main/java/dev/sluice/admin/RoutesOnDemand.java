// SPDX-License-Identifier: Apache-2.0
package dev.sluice.admin;

import dev.sluice.probe.AppProbes;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The endpoints behind a door, made at the first request: most proxies are asked for little or
 * nothing, and each of them would carry what it takes. Confined to one thread.
 */
final class RoutesOnDemand {
  private final Kind kind;
  private final ProxyView proxy;
  private final Optional<AppProbes> probes;
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

  RoutesOnDemand(Kind kind, ProxyView proxy, Optional<AppProbes> probes) {
    this.kind = kind;
    this.proxy = proxy;
    this.probes = probes;
  }

  Routes get() {
    if (made == null) {
      made =
          switch (kind) {
            case ADMIN -> Endpoints.admin(proxy);
            case STATUS -> Endpoints.status(proxy);
            case STATS -> Endpoints.stats(proxy, probes);
          };
    }
    return made;
  }
}
