// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.node.NodeProxy;
import dev.sluice.node.PodStatus;
import java.util.List;
import java.util.Locale;
import tools.jackson.core.JsonGenerator;

/** How the pods of a node stand, as one JSON document. */
final class NodeStatusJson {
  private NodeStatusJson() {}

  static String of(NodeProxy proxy) {
    return JsonText.of(json -> write(json, proxy.status()));
  }

  private static void write(JsonGenerator json, List<PodStatus> pods) {
    json.writeStartObject();
    json.writeArrayPropertyStart("pods");
    for (PodStatus pod : pods) {
      json.writeStartObject();
      json.writeStringProperty("pod", pod.name().text());
      json.writeStringProperty("uid", pod.name().uid());
      json.writeNumberProperty("namespace", pod.namespace());
      json.writeStringProperty("state", word(pod.state()));
      json.writeStringProperty("rules", pod.rules() == NodeProxy.Rules.OURS ? "ours" : "agent");
      write(json, "connections_open", pod.connections());
      write(json, "bytes_held", pod.held());
      json.writeObjectPropertyStart("total");
      pod.counters().forEach(json::writeNumberProperty);
      json.writeEndObject();
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeEndObject();
  }

  private static void write(JsonGenerator json, String name, PodStatus.Share share) {
    json.writeObjectPropertyStart(name);
    json.writeNumberProperty("now", share.taken());
    json.writeNumberProperty("most", share.most());
    json.writeEndObject();
  }

  private static String word(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}
