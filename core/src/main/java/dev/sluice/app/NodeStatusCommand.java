// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/** {@code sluice node status}. */
@Command(
    name = "status",
    mixinStandardHelpOptions = true,
    description = {
      "Prints how the pods stand that the running 'sluice node' serves: what each has open and"
          + " held, of how much, and what it had since it is served.",
      "Example: sluice node status",
      "Example: sluice node status --json"
    })
final class NodeStatusCommand implements Callable<Integer> {
  @Option(
      names = "--status-socket",
      paramLabel = "PATH",
      description =
          "Where it listens (default: node.sock in the folder of this network namespace below"
              + " /run/sluice).")
  private @Nullable Path socket;

  @Option(names = "--json", description = "Prints one JSON object.")
  private boolean json;

  @Override
  public Integer call() {
    try {
      String document = NodeStatusSocket.ask(NodeStatusSocket.place(socket));
      System.out.print(json ? document : text(document));
      System.out.flush();
      return 0;
    } catch (IOException e) {
      System.err.println("sluice node status: " + e.getMessage());
      return 1;
    }
  }

  /** One line a pod, in the form of the line that says that a pod is released. */
  static String text(String document) {
    StringBuilder text = new StringBuilder();
    try (JsonParser parser = new JsonFactory().createParser(ObjectReadContext.empty(), document)) {
      int depth = 0;
      for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
        depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
        if (token == JsonToken.START_OBJECT && depth == 3) {
          append(text, values(parser));
          depth--;
        }
      }
    }
    return text.isEmpty() ? "no pod is served\n" : text.toString();
  }

  /** Of a pod's object up to its end, those in objects inside by {@code outer.inner}. */
  private static Map<String, String> values(JsonParser parser) {
    Map<String, String> values = new LinkedHashMap<>();
    String outer = "";
    while (true) {
      JsonToken token = parser.nextToken();
      if (token == JsonToken.START_OBJECT) {
        outer = parser.currentName() + ".";
      } else if (token == JsonToken.END_OBJECT && outer.isEmpty()) {
        return values;
      } else if (token == JsonToken.END_OBJECT) {
        outer = "";
      } else if (token.isScalarValue()) {
        values.put(outer + parser.currentName(), parser.getString());
      }
    }
  }

  private static void append(StringBuilder text, Map<String, String> pod) {
    text.append(
        "pod %s: %s in net:[%s], %s of %s connections, %s of %s bytes held;"
            .formatted(
                pod.get("pod"),
                pod.get("state"),
                pod.get("namespace"),
                pod.get("connections_open.now"),
                pod.get("connections_open.most"),
                pod.get("bytes_held.now"),
                pod.get("bytes_held.most")));
    for (Map.Entry<String, String> value : pod.entrySet()) {
      if (value.getKey().startsWith("total.") && !value.getValue().equals("0")) {
        text.append(' ')
            .append(value.getKey().substring("total.".length()))
            .append('=')
            .append(value.getValue());
      }
    }
    text.append('\n');
  }
}
