// SPDX-License-Identifier: Apache-2.0
package dev.sluice.controlplane;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/** The fields of one mapping, after every name in it was checked. */
final class Fields {
  private final Value owner;
  private final Map<String, Value> values = new HashMap<>();

  private Fields(Value owner) {
    this.owner = owner;
  }

  /** Reports unknown, unsupported and repeated names; keeps the others. */
  static Fields of(Value owner, MappingNode mapping, FieldNames known) {
    Fields fields = new Fields(owner);
    for (NodeTuple tuple : mapping.getValue()) {
      fields.add(tuple.getKeyNode(), tuple.getValueNode(), known);
    }
    return fields;
  }

  private void add(Node keyNode, Node valueNode, FieldNames known) {
    if (!(keyNode instanceof ScalarNode scalar) || !keyNode.getTag().equals(Tag.STR)) {
      reportAt(keyNode, "the name of a field is no text; expected it in quotes");
      return;
    }
    String key = scalar.getValue();
    String reason = known.unsupported().get(key);
    Value previous = values.putIfAbsent(key, owner.child(key, valueNode));
    if (previous != null) {
      reportAt(keyNode, "field " + Quoted.of(key) + " is given twice; first at " + previous.at());
    } else if (reason != null) {
      reportAt(keyNode, "field " + Quoted.of(key) + " is not supported: " + reason);
    } else if (!known.accepts(key)) {
      reportAt(
          keyNode,
          "unknown field "
              + Quoted.of(key)
              + "; expected one of "
              + String.join(", ", known.read()));
    }
  }

  private void reportAt(Node node, String message) {
    new Value(owner.path(), node, owner.file(), owner.problems()).report(message);
  }

  Optional<Value> get(String key) {
    return Optional.ofNullable(values.get(key));
  }

  Collection<Value> values() {
    return values.values();
  }

  boolean has(String key) {
    return values.containsKey(key);
  }

  /** The field, whose absence is reported at the mapping. */
  Optional<Value> required(String key) {
    Optional<Value> value = get(key);
    if (value.isEmpty()) {
      owner.report("field " + Quoted.of(key) + " is missing");
    }
    return value;
  }
}
