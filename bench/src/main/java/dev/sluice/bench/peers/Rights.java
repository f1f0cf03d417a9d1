// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.peers;

import dev.sluice.bench.BenchNamespace;
import java.util.List;

/** Whose rights a proxy has, as options of setpriv(1). */
enum Rights {
  /** All of them, which a proxy in socket mode gives up itself. */
  ROOT,
  /** The proxy's user without any capability. */
  PROXY,
  /** The proxy's user with CAP_NET_ADMIN, which IP_TRANSPARENT needs (ip(7)). */
  PROXY_NET_ADMIN;

  List<String> options() {
    return switch (this) {
      case ROOT -> List.of();
      case PROXY -> user("-all");
      case PROXY_NET_ADMIN -> user("-all,+net_admin");
    };
  }

  private static List<String> user(String capabilities) {
    String id = Integer.toString(BenchNamespace.PROXY_USER);
    return List.of(
        "--reuid",
        id,
        "--regid",
        id,
        "--clear-groups",
        "--inh-caps",
        capabilities,
        "--ambient-caps",
        capabilities,
        "--bounding-set",
        capabilities);
  }
}
