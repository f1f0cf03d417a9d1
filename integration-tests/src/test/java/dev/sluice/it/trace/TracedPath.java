// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.trace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.it.proxy.Mesh;
import dev.sluice.lab.topology.Party;
import dev.sluice.process.CommandResult;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/** What one {@code sluice trace --json} printed. */
public record TracedPath(List<Map<String, String>> hops) {
  private static final Set<String> EVIDENCE = Set.of("event", "kernel-state", "not-observed");

  /** Dials from the client's pod and traces there and in the server's. */
  static TracedPath to(Mesh mesh, String destination, String... options) throws IOException {
    List<String> words =
        new ArrayList<>(List.of("--through", mesh.namespace(Party.SERVER).toString()));
    words.addAll(List.of(options));
    return alone(mesh, destination, words.toArray(String[]::new));
  }

  /** Dials from the client's pod and traces there alone. */
  static TracedPath alone(Mesh mesh, String destination, String... options) throws IOException {
    List<String> words =
        new ArrayList<>(List.of(mesh.launcher(), "trace", "--json", "--to", destination));
    words.addAll(List.of(options));
    CommandResult result = mesh.attempt(Party.CLIENT, words.toArray(String[]::new));
    assertThat(result.errors()).isEmpty();
    return parse(result.output());
  }

  /** Of one array. */
  public static TracedPath parse(String json) {
    List<Map<String, String>> hops = new ArrayList<>();
    try (JsonParser parser = new JsonFactory().createParser(ObjectReadContext.empty(), json)) {
      assertThat(parser.nextToken()).isEqualTo(JsonToken.START_ARRAY);
      while (parser.nextToken() == JsonToken.START_OBJECT) {
        Map<String, String> hop = new LinkedHashMap<>();
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
          String name = parser.currentName();
          parser.nextToken();
          hop.put(name, parser.getString());
        }
        hops.add(hop);
      }
    }
    TracedPath path = new TracedPath(hops);
    path.assertEveryHopSaysWhatItRestsOn();
    return path;
  }

  /** All of a kind, in order. */
  public List<Map<String, String>> all(String kind) {
    return hops.stream().filter(hop -> kind.equals(hop.get("hop"))).toList();
  }

  /** The only one of a kind. */
  public Map<String, String> only(String kind) {
    assertThat(all(kind)).as("hops '%s' of %s", kind, hops).hasSize(1);
    return all(kind).getFirst();
  }

  private void assertEveryHopSaysWhatItRestsOn() {
    long now = System.nanoTime();
    assertThat(hops)
        .isNotEmpty()
        .allSatisfy(
            hop -> {
              assertThat(hop.get("evidence")).isIn(EVIDENCE);
              if (!"not-observed".equals(hop.get("evidence"))) {
                assertThat(hop.get("source")).isNotBlank();
              }
              // One clock, that of this test too: CLOCK_MONOTONIC.
              assertThat(Long.parseLong(hop.get("monotonic_ns")))
                  .isBetween(now - 30_000_000_000L, now);
            });
  }
}
