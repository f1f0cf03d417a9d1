// SPDX-License-Identifier: Apache-2.0
package dev.sluice.inject;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;

/**
 * What is added to a pod.
 *
 * @param mode how it intercepts: {@code REDIRECT} or {@code TPROXY}
 * @param image of both containers
 */
public record Sidecar(Mode mode, String image) {
  /** The modes that a pod can set up for itself. */
  public enum Mode {
    /** Without any capability for the proxy. */
    REDIRECT,
    /** The application sees the client's own address. */
    TPROXY
  }

  /** The volume that the template has. */
  static final String VOLUME = "sluice-run";

  /**
   * A fresh copy of the containers, the one that makes the rules first.
   *
   * @param workload its name, if it has one
   * @param grace seconds from SIGTERM to SIGKILL
   * @param probes that the proxy answers for the application
   */
  List<Node> containers(Optional<String> workload, String grace, List<String> probes) {
    List<Node> containers = Yaml.elements(template(), "initContainers");
    for (Node container : containers) {
      Yaml.put((MappingNode) container, "image", Yaml.string(image));
    }
    MappingNode proxy = (MappingNode) containers.getLast();
    workload.ifPresent(name -> set(proxy, "ISTIO_META_WORKLOAD_NAME", name));
    set(proxy, GracePeriod.VARIABLE, grace);
    if (!probes.isEmpty()) {
      set(proxy, "SLUICE_APP_PROBE", String.join(",", probes));
    }
    return containers;
  }

  private static void set(MappingNode container, String variable, String value) {
    Yaml.append(
        container, "env", Yaml.map("name", Yaml.string(variable), "value", Yaml.string(value)));
  }

  /** A fresh copy of the volumes that they mount. */
  List<Node> volumes() {
    return Yaml.elements(template(), "volumes");
  }

  private Node template() {
    String name = mode == Mode.REDIRECT ? "redirect.yaml" : "tproxy.yaml";
    try (InputStream stream = Sidecar.class.getResourceAsStream(name)) {
      if (stream == null) {
        throw new IllegalStateException(name + " is not in the jar");
      }
      return new Compose(LoadSettings.builder().build()).composeInputStream(stream).orElseThrow();
    } catch (IOException e) {
      throw new UncheckedIOException("reading " + name + " from the jar", e);
    }
  }
}
