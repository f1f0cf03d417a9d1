// SPDX-License-Identifier: Apache-2.0
package dev.sluice.inject;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;

/**
 * The pods that an object makes.
 *
 * @param workload kind and name of that object, for messages
 * @param name that name; empty if it is made by the API server
 * @param owner holds the pod's metadata and spec
 */
record PodTemplate(String workload, Optional<String> name, MappingNode owner) {
  /** Those of one document; none if it is of another kind. */
  static List<PodTemplate> in(Node document) {
    String kind = Yaml.text(document, "kind").orElse("");
    if (kind.equals("List")) {
      List<PodTemplate> all = new ArrayList<>();
      Yaml.elements(document, "items").forEach(item -> all.addAll(in(item)));
      return all;
    }
    Optional<Node> owner =
        switch (kind) {
          case "Pod" -> Optional.of(document);
          case "Deployment",
              "StatefulSet",
              "DaemonSet",
              "ReplicaSet",
              "ReplicationController",
              "Job" ->
              template(document);
          case "CronJob" ->
              Yaml.get(document, "spec")
                  .flatMap(spec -> Yaml.get(spec, "jobTemplate"))
                  .flatMap(PodTemplate::template);
          default -> Optional.empty();
        };
    Optional<Node> metadata = Yaml.get(document, "metadata");
    Optional<String> name = metadata.flatMap(at -> Yaml.text(at, "name"));
    String called =
        name.or(() -> metadata.flatMap(at -> Yaml.text(at, "generateName"))).orElse("(unnamed)");
    return owner
        .filter(MappingNode.class::isInstance)
        .filter(mapping -> Yaml.get(mapping, "spec").orElse(mapping) instanceof MappingNode)
        .filter(mapping -> Yaml.get(mapping, "spec").isPresent())
        .map(mapping -> new PodTemplate(kind + " " + called, name, (MappingNode) mapping))
        .stream()
        .toList();
  }

  private static Optional<Node> template(Node document) {
    return Yaml.get(document, "spec").flatMap(spec -> Yaml.get(spec, "template"));
  }

  MappingNode spec() {
    return Yaml.mapping(owner, "spec");
  }

  MappingNode annotations() {
    return Yaml.mapping(Yaml.mapping(owner, "metadata"), "annotations");
  }

  /** Of an annotation or a label; nothing is made. */
  Optional<String> mark(String key) {
    return Yaml.get(owner, "metadata")
        .flatMap(
            metadata ->
                Yaml.get(metadata, "annotations")
                    .flatMap(marks -> Yaml.text(marks, key))
                    .or(
                        () ->
                            Yaml.get(metadata, "labels").flatMap(marks -> Yaml.text(marks, key))));
  }

  /** Of the application: all of them, also those that run before the others. */
  List<MappingNode> containers() {
    List<MappingNode> all = new ArrayList<>();
    for (String list : List.of("initContainers", "containers")) {
      Yaml.elements(spec(), list).stream()
          .filter(MappingNode.class::isInstance)
          .forEach(container -> all.add((MappingNode) container));
    }
    return all;
  }
}
