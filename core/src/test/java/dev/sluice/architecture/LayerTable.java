// SPDX-License-Identifier: Apache-2.0
package dev.sluice.architecture;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The layers of the core module, lowest first. A package may import what lies in a lower layer, in
 * itself with its sub-packages, and in its own layer what {@link #ALLOWED_BESIDE} lists. Names are
 * relative to a root, so that the table can be tried on fixtures.
 */
final class LayerTable {
  private static final List<Set<String>> LAYERS =
      List.of(
          Set.of("net", "failure", "process"),
          Set.of("config", "telemetry", "identity", "model", "loop"),
          Set.of("intercept", "detect", "tls", "routing", "balancing", "policy"),
          Set.of(
              "listener",
              "upstream",
              "tunnel",
              "http",
              "http.filter",
              "relay",
              "socketlb",
              "rules",
              "dns",
              "inject",
              "probe"),
          Set.of("inbound", "outbound", "handover", "doctor", "trace", "observe"),
          Set.of("workload", "drawing"),
          Set.of("controlplane", "admin", "lab", "node"),
          Set.of("app"));

  private static final Map<String, Set<String>> ALLOWED_BESIDE =
      Map.of(
          "detect", Set.of("tls"),
          "relay", Set.of("upstream"),
          "trace", Set.of("observe"),
          "tunnel", Set.of("upstream"),
          "http.filter", Set.of("http"));

  /** Who may talk to the kernel. */
  static final Set<String> MAY_IMPORT_LINUX =
      Set.of(
          "intercept",
          "listener",
          "loop",
          "upstream",
          "relay",
          "socketlb",
          "rules",
          "handover",
          "workload",
          "admin",
          "node",
          "doctor",
          "trace",
          "observe",
          "lab",
          "app");

  /** Plain Java, tested in microseconds. */
  static final Set<String> FREE_OF_NETTY =
      Set.of(
          "net",
          "failure",
          "process",
          "model",
          "routing",
          "balancing",
          "policy",
          "config",
          "rules",
          "dns");

  private LayerTable() {}

  /**
   * The entry of the table that {@code packageName} belongs to: the longest that it equals or lies
   * below.
   */
  static Optional<String> entryOf(String root, String packageName) {
    if (!packageName.startsWith(root + ".")) {
      return Optional.empty();
    }
    String relative = packageName.substring(root.length() + 1);
    return LAYERS.stream()
        .flatMap(Set::stream)
        .filter(entry -> (relative + ".").startsWith(entry + "."))
        .max(Comparator.comparingInt(String::length));
  }

  /** Whether a class in {@code origin} may use a class in {@code target}, both entries. */
  static boolean allows(String origin, String target) {
    return origin.equals(target)
        || layerOf(target) < layerOf(origin)
        || ALLOWED_BESIDE.getOrDefault(origin, Set.of()).contains(target);
  }

  static int layerOf(String entry) {
    for (int i = 0; i < LAYERS.size(); i++) {
      if (LAYERS.get(i).contains(entry)) {
        return i;
      }
    }
    throw new IllegalArgumentException("package " + entry + " is not in the layer table");
  }
}
