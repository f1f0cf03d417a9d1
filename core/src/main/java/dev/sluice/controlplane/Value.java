// SPDX-License-Identifier: Apache-2.0
package dev.sluice.controlplane;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/**
 * One value of a document: its path in the object, and where it stands. Each accessor gives what it
 * is called after, or reports what stands there instead and gives nothing.
 */
record Value(String path, Node node, String file, ProblemList problems) {
  static Value root(Node node, String file, ProblemList problems) {
    return new Value("", node, file, problems);
  }

  /** Reports a problem at this value. */
  void report(String message) {
    at().report(message);
  }

  /** Where it stands. */
  Place at() {
    Mark mark =
        node.getStartMark()
            .orElseThrow(() -> new IllegalStateException("a node of " + file + " has no mark"));
    return new Place(file, mark.getLine() + 1, mark.getColumn() + 1, path, problems);
  }

  boolean isNull() {
    return node.getTag().equals(Tag.NULL);
  }

  Optional<String> text() {
    if (node instanceof ScalarNode scalar && node.getTag().equals(Tag.STR)) {
      return Optional.of(scalar.getValue());
    }
    report(describe() + " is not accepted; expected a text" + (isBareScalar() ? " in quotes" : ""));
    return Optional.empty();
  }

  /** A whole number in decimal. */
  OptionalInt integer() {
    if (node instanceof ScalarNode scalar
        && node.getTag().equals(Tag.INT)
        && scalar.getValue().matches("-?(0|[1-9][0-9]{0,8})")) {
      return OptionalInt.of(Integer.parseInt(scalar.getValue()));
    }
    report(describe() + " is not accepted; expected a whole number");
    return OptionalInt.empty();
  }

  /** {@code true} or {@code false}. */
  Optional<Boolean> bool() {
    if (node instanceof ScalarNode scalar && node.getTag().equals(Tag.BOOL)) {
      return Optional.of(Boolean.parseBoolean(scalar.getValue()));
    }
    report(describe() + " is not accepted; expected true or false");
    return Optional.empty();
  }

  /** The elements of a list, which may be empty. */
  List<Value> items() {
    if (!(node instanceof SequenceNode sequence) || !node.getTag().equals(Tag.SEQ)) {
      report(describe() + " is not accepted; expected a list");
      return List.of();
    }
    List<Value> items = new ArrayList<>();
    for (Node item : sequence.getValue()) {
      items.add(new Value(path + "[" + items.size() + "]", item, file, problems));
    }
    return items;
  }

  /** The elements of a list that must have one. */
  List<Value> someItems() {
    int before = problems.count();
    List<Value> items = items();
    if (items.isEmpty() && problems.count() == before) {
      report("the list is empty; expected at least one element, or no such field");
    }
    return items;
  }

  /** Each element of a list that must have one, as {@code parser} reads its text. */
  <T> List<T> someParsed(Function<String, T> parser) {
    List<T> parsed = new ArrayList<>();
    someItems().forEach(item -> item.parsed(parser).ifPresent(parsed::add));
    return parsed;
  }

  /**
   * The text as {@code parser} reads it; what it throws as {@link IllegalArgumentException} is
   * reported with the text.
   */
  <T> Optional<T> parsed(Function<String, T> parser) {
    Optional<String> text = text();
    try {
      return text.map(parser);
    } catch (IllegalArgumentException e) {
      report(Quoted.of(text.orElseThrow()) + " is not accepted; " + e.getMessage());
      return Optional.empty();
    }
  }

  /** The fields of a mapping; what {@code known} does not accept is reported. */
  Optional<Fields> fields(FieldNames known) {
    if (!(node instanceof MappingNode mapping) || !node.getTag().equals(Tag.MAP)) {
      report(describe() + " is not accepted; expected a mapping");
      return Optional.empty();
    }
    return Optional.of(Fields.of(this, mapping, known));
  }

  /** The text of one field, looked at before it is known what object this is; reports nothing. */
  Optional<String> peek(String key) {
    if (!(node instanceof MappingNode mapping)) {
      return Optional.empty();
    }
    for (NodeTuple tuple : mapping.getValue()) {
      if (tuple.getKeyNode() instanceof ScalarNode name
          && name.getValue().equals(key)
          && tuple.getValueNode() instanceof ScalarNode scalar) {
        return Optional.of(scalar.getValue());
      }
    }
    return Optional.empty();
  }

  Value child(String key, Node child) {
    return new Value(path.isEmpty() ? key : path + "." + key, child, file, problems);
  }

  private boolean isBareScalar() {
    return node instanceof ScalarNode && !isNull();
  }

  private String describe() {
    return switch (node) {
      case ScalarNode _ when isNull() -> "nothing";
      case ScalarNode scalar -> Quoted.of(scalar.getValue());
      case MappingNode _ -> "a mapping";
      case SequenceNode _ -> "a list";
      default -> "a " + node.getNodeType();
    };
  }
}
