// SPDX-License-Identifier: Apache-2.0
package dev.sluice.inject;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;

/**
 * Probes that the proxy would pass in the application's name. It accepts a connection before it
 * knows of the application, so a probe that only connects has to be asked of the proxy instead. An
 * HTTP or gRPC probe wants an answer, which comes from the application alone; one that executes a
 * program meets no proxy.
 */
final class Probes {
  /** Where the proxy answers for them; the rules leave it alone. */
  static final int PORT = 15020;

  private static final List<String> KINDS =
      List.of("livenessProbe", "readinessProbe", "startupProbe");

  private Probes() {}

  /** Rewrites them, and returns what the proxy has to know: {@code container/kind=port}. */
  static List<String> rewrite(PodTemplate pod) {
    List<String> moved = new ArrayList<>();
    for (MappingNode container : pod.containers()) {
      for (String kind : KINDS) {
        Optional<Node> probe = Yaml.get(container, kind);
        if (probe.isPresent() && probe.get() instanceof MappingNode mapping) {
          rewrite(container, kind, mapping).ifPresent(moved::add);
        }
      }
    }
    return moved;
  }

  private static Optional<String> rewrite(MappingNode container, String kind, MappingNode probe) {
    Optional<Node> connect = Yaml.get(probe, "tcpSocket");
    if (connect.isEmpty() || Yaml.get(connect.get(), "host").isPresent()) {
      return Optional.empty();
    }
    Optional<String> port =
        Yaml.text(connect.get(), "port").map(written -> number(container, written));
    if (port.isEmpty()) {
      return Optional.empty();
    }
    String name = Yaml.text(container, "name").orElse("") + "/" + kind;
    Yaml.remove(probe, "tcpSocket");
    Yaml.put(
        probe,
        "httpGet",
        Yaml.map("path", Yaml.string("/app-health/" + name), "port", Yaml.number(PORT)));
    return Optional.of(name + "=" + port.get());
  }

  /** A probe may name one of its container's ports. */
  private static String number(MappingNode container, String written) {
    return Yaml.elements(container, "ports").stream()
        .filter(port -> Yaml.text(port, "name").filter(written::equals).isPresent())
        .findFirst()
        .flatMap(port -> Yaml.text(port, "containerPort"))
        .orElse(written);
  }
}
