// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.container;

import dev.sluice.it.Checkout;
import dev.sluice.process.Command;
import dev.sluice.process.CommandException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** A shipped manifest, as kubectl builds it. */
record Manifest(Object document) {
  /** What {@code kubectl kustomize} makes of a folder below scripts/kubernetes. */
  static Manifest kustomized(String folder, String kind) throws CommandException {
    String built =
        Command.of("kubectl", "kustomize", Checkout.script("kubernetes/" + folder)).runOrThrow();
    for (Object document : new Load(LoadSettings.builder().build()).loadAllFromString(built)) {
      if (kind.equals(text(document, "kind"))) {
        return new Manifest(document);
      }
    }
    throw new AssertionError("no " + kind + " in " + folder + ": " + built);
  }

  static Manifest of(String yaml) {
    return new Manifest(new Load(LoadSettings.builder().build()).loadFromString(yaml));
  }

  /** The container of that name, of the application or before it. */
  Container container(String name) {
    Object spec = at(at(at(document, "spec"), "template"), "spec");
    for (String list : List.of("initContainers", "containers")) {
      for (Object container : list(spec, list)) {
        if (name.equals(text(container, "name"))) {
          return new Container(container, spec, Map.of());
        }
      }
    }
    throw new AssertionError("no container " + name);
  }

  /** One container of a pod, whose own specification is {@code pod}. */
  record Container(Object yaml, Object pod, Map<String, String> changed) {
    /** With another value of a variable, or one more. */
    Container with(String variable, String value) {
      Map<String, String> all = new HashMap<>(changed);
      all.put(variable, value);
      return new Container(yaml, pod, all);
    }

    List<String> arguments() {
      return list(yaml, "args").stream().map(String::valueOf).toList();
    }

    /** Folders of the host by their place inside; an empty path for one that is to be made. */
    Map<String, Path> hostPaths() {
      Map<String, Path> paths = new HashMap<>();
      for (Object mount : list(yaml, "volumeMounts")) {
        for (Object volume : list(pod, "volumes")) {
          if (text(volume, "name").equals(text(mount, "name"))) {
            paths.put(text(mount, "mountPath"), hostPath(volume));
          }
        }
      }
      return paths;
    }

    /** Others than the host's are made by the kubelet: there is none yet. */
    private static Path hostPath(Object volume) {
      return volume instanceof Map<?, ?> map && !map.containsKey("hostPath")
          ? Path.of("")
          : Path.of(text(at(volume, "hostPath"), "path"));
    }

    /** Where the kubelet asks by {@code httpGet}, as {@code :PORT/PATH}. */
    String probe(String kind) {
      Object asked = at(at(yaml, kind), "httpGet");
      String port = text(asked, "port");
      for (Object named : list(yaml, "ports")) {
        if (port.equals(text(named, "name"))) {
          port = text(named, "containerPort");
        }
      }
      return ":" + port + text(asked, "path");
    }

    boolean hostPid() {
      return pod instanceof Map<?, ?> map && Boolean.TRUE.equals(map.get("hostPID"));
    }

    int user() {
      return Integer.parseInt(text(at(yaml, "securityContext"), "runAsUser"));
    }

    int group() {
      return Integer.parseInt(text(at(yaml, "securityContext"), "runAsGroup"));
    }

    boolean readOnlyRoot() {
      return text(at(yaml, "securityContext"), "readOnlyRootFilesystem").equals("true");
    }

    boolean noNewPrivileges() {
      return text(at(yaml, "securityContext"), "allowPrivilegeEscalation").equals("false");
    }

    /** Without CAP_; it has to drop all others. */
    List<String> capabilities() {
      Object capabilities = at(at(yaml, "securityContext"), "capabilities");
      if (!list(capabilities, "drop").equals(List.of("ALL"))) {
        throw new AssertionError("expected a container that drops ALL: " + yaml);
      }
      return list(capabilities, "add").stream().map(String::valueOf).toList();
    }

    /**
     * As the kubelet sets it in a pod: what it takes from a field is {@code the-NAME}, of the
     * field.
     */
    List<String> environment() {
      Map<String, String> values = new TreeMap<>();
      for (Object variable : list(yaml, "env")) {
        values.put(text(variable, "name"), value((Map<?, ?>) variable));
      }
      values.putAll(changed);
      return values.entrySet().stream()
          .map(value -> value.getKey() + "=" + value.getValue())
          .toList();
    }

    private static String value(Map<?, ?> variable) {
      if (variable.containsKey("value")) {
        return text(variable, "value");
      }
      String field = text(at(at(variable, "valueFrom"), "fieldRef"), "fieldPath");
      return "the-" + field.substring(field.lastIndexOf('.') + 1);
    }
  }

  private static Object at(@Nullable Object parent, String key) {
    if (parent instanceof Map<?, ?> map && map.get(key) != null) {
      return Objects.requireNonNull(map.get(key));
    }
    throw new AssertionError("no " + key + " in " + parent);
  }

  private static String text(@Nullable Object parent, String key) {
    return String.valueOf(at(parent, key));
  }

  private static List<?> list(@Nullable Object parent, String key) {
    return parent instanceof Map<?, ?> map && map.get(key) instanceof List<?> list
        ? list
        : List.of();
  }
}
