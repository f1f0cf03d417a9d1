// SPDX-License-Identifier: Apache-2.0
package dev.sluice.inject;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.snakeyaml.engine.v2.common.FlowStyle;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/**
 * Reads and changes composed YAML. Nodes rather than values, because a node keeps how a scalar was
 * written: {@code yes} and {@code "yes"} are two things to the YAML 1.1 of Kubernetes.
 */
final class Yaml {
  private Yaml() {}

  static Optional<Node> get(Node parent, String key) {
    if (parent instanceof MappingNode mapping) {
      for (NodeTuple tuple : mapping.getValue()) {
        if (tuple.getKeyNode() instanceof ScalarNode name && name.getValue().equals(key)) {
          return Optional.of(tuple.getValueNode());
        }
      }
    }
    return Optional.empty();
  }

  /** Whether a mapping at or below {@code node} takes over the keys of another one. */
  static boolean hasMergeKey(Node node) {
    return switch (node) {
      case MappingNode mapping ->
          mapping.getValue().stream()
              .anyMatch(
                  tuple ->
                      (tuple.getKeyNode() instanceof ScalarNode key && key.getValue().equals("<<"))
                          || hasMergeKey(tuple.getValueNode()));
      case SequenceNode list -> list.getValue().stream().anyMatch(Yaml::hasMergeKey);
      default -> false;
    };
  }

  /** The scalar at that place, as it was written but for quotes. */
  static Optional<String> text(Node parent, String key) {
    return get(parent, key)
        .filter(ScalarNode.class::isInstance)
        .map(scalar -> ((ScalarNode) scalar).getValue());
  }

  /** The elements of the list at that place; none if there is no list. */
  static List<Node> elements(Node parent, String key) {
    return get(parent, key)
        .filter(SequenceNode.class::isInstance)
        .map(list -> ((SequenceNode) list).getValue())
        .orElse(List.of());
  }

  /** The mapping at that place, which is made if it isn't there. */
  static MappingNode mapping(MappingNode parent, String key) {
    Optional<Node> there = get(parent, key);
    if (there.isPresent() && there.get() instanceof MappingNode mapping) {
      return mapping;
    }
    MappingNode made = new MappingNode(Tag.MAP, new ArrayList<>(), FlowStyle.BLOCK);
    put(parent, key, made);
    return made;
  }

  /** Sets a value, in the place of one with the same key, else at the end. */
  static void put(MappingNode parent, String key, Node value) {
    List<NodeTuple> tuples = new ArrayList<>(parent.getValue());
    NodeTuple tuple = new NodeTuple(plain(key), value);
    for (int i = 0; i < tuples.size(); i++) {
      if (tuples.get(i).getKeyNode() instanceof ScalarNode name && name.getValue().equals(key)) {
        tuples.set(i, new NodeTuple(name, value));
        parent.setValue(tuples);
        return;
      }
    }
    tuples.add(tuple);
    parent.setValue(tuples);
  }

  static void remove(MappingNode parent, String key) {
    List<NodeTuple> tuples = new ArrayList<>(parent.getValue());
    tuples.removeIf(
        tuple -> tuple.getKeyNode() instanceof ScalarNode name && name.getValue().equals(key));
    parent.setValue(tuples);
  }

  /** Puts elements before those of the list at that place. */
  static void prepend(MappingNode parent, String key, List<Node> elements) {
    List<Node> all = new ArrayList<>(elements);
    all.addAll(elements(parent, key));
    put(parent, key, new SequenceNode(Tag.SEQ, all, FlowStyle.BLOCK));
  }

  static void append(MappingNode parent, String key, Node element) {
    List<Node> all = new ArrayList<>(elements(parent, key));
    all.add(element);
    put(parent, key, new SequenceNode(Tag.SEQ, all, FlowStyle.BLOCK));
  }

  static MappingNode map(Object... keysAndValues) {
    MappingNode made = new MappingNode(Tag.MAP, new ArrayList<>(), FlowStyle.BLOCK);
    for (int i = 0; i < keysAndValues.length; i += 2) {
      put(made, (String) keysAndValues[i], (Node) keysAndValues[i + 1]);
    }
    return made;
  }

  /** A string that no reader of any YAML takes for something else. */
  static ScalarNode string(String value) {
    return new ScalarNode(Tag.STR, value, ScalarStyle.DOUBLE_QUOTED);
  }

  static ScalarNode number(int value) {
    return new ScalarNode(Tag.INT, Integer.toString(value), ScalarStyle.PLAIN);
  }

  /** A word of our own that needs no quotes. */
  private static ScalarNode plain(String word) {
    return new ScalarNode(Tag.STR, word, ScalarStyle.PLAIN);
  }
}
