// SPDX-License-Identifier: Apache-2.0
package dev.sluice.admin;

import dev.sluice.drawing.TraceDrawing;
import dev.sluice.model.MeshSnapshot;
import dev.sluice.telemetry.ConnectionView;
import dev.sluice.telemetry.RecentConnections;
import dev.sluice.trace.Hop;
import dev.sluice.trace.TraceJson;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A page for a browser: who talks to whom, the connections of now, and the path of one of them. Its
 * parts are files of this package; what moves comes as JSON. Confined to the admin loop; documents
 * are written on threads of their own.
 */
final class LivePage {
  private final ProxyView proxy;
  private volatile @Nullable MeshNames names;

  LivePage(ProxyView proxy) {
    this.proxy = proxy;
  }

  void addTo(Routes routes) {
    Routes.Endpoint page = (_, answer) -> answer.accept(file(HttpResponse.HTML, "live.html"));
    routes.get("/", page);
    routes.get("/live", page);
    routes.get("/live.js", (_, answer) -> answer.accept(file(HttpResponse.SCRIPT, "live.js")));
    routes.get("/live.css", (_, answer) -> answer.accept(styleSheet()));
    routes.get("/live.json", this::connections);
    routes.get("/live/trace.json", this::path);
  }

  private static HttpResponse file(String type, String name) {
    return new HttpResponse(200, type, "", resource(name));
  }

  private static HttpResponse styleSheet() {
    try {
      String all = resource("live.css") + TraceDrawing.styleSheet();
      return new HttpResponse(200, HttpResponse.CSS, "", all);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String resource(String name) {
    try (InputStream stream = LivePage.class.getResourceAsStream(name)) {
      if (stream == null) {
        throw new IOException("the resource " + name + " is missing from the jar");
      }
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void connections(HttpRequest request, Consumer<HttpResponse> answer) {
    OptionalLong after = number(request.query().getOrDefault("since", "0"));
    if (after.isEmpty()) {
      answer.accept(HttpResponse.text(400, "since is no number; expected 0 or more"));
      return;
    }
    proxy.connections(
        LiveDocument.MOST_OPEN,
        // They come on a loop that moves bytes, which writes no documents.
        open -> write(answer, () -> document(after.getAsLong(), open)));
  }

  private String document(long after, List<ConnectionView> open) {
    return new LiveDocument(proxy, namesOf(proxy.snapshot()), after).text(open);
  }

  /** The same until the configuration changes: with many endpoints that is some work. */
  private MeshNames namesOf(MeshSnapshot snapshot) {
    MeshNames known = names;
    if (known != null && known.areOf(snapshot)) {
      return known;
    }
    MeshNames made = new MeshNames(snapshot);
    names = made;
    return made;
  }

  private void path(HttpRequest request, Consumer<HttpResponse> answer) {
    OptionalLong id = number(request.query().getOrDefault("id", ""));
    if (id.isEmpty()) {
      answer.accept(HttpResponse.text(400, "id is no number; expected that of a connection"));
      return;
    }
    Optional<List<Hop>> ended =
        proxy
            .recent()
            .flatMap((RecentConnections recent) -> recent.withId(id.getAsLong()))
            .map(WitnessedPath::of);
    if (ended.isPresent()) {
      write(answer, () -> drawing(id.getAsLong(), ended.get()));
      return;
    }
    proxy.connections(
        Endpoints.MOST_CONNECTIONS,
        open ->
            Thread.ofVirtual()
                .name("sluice-connections")
                .start(() -> answer.accept(ofOpen(id.getAsLong(), open))));
  }

  private static HttpResponse ofOpen(long id, List<ConnectionView> open) {
    return open.stream()
        .filter(view -> view.origin().id() == id)
        .findFirst()
        .map(view -> HttpResponse.json(drawing(id, WitnessedPath.of(view))))
        .orElseGet(
            () -> HttpResponse.text(404, "connection " + id + " is neither open nor remembered"));
  }

  private static String drawing(long id, List<Hop> hops) {
    return Documents.of(
        json -> {
          json.writeNumberProperty("id", id);
          json.writeStringProperty(
              "drawing", TraceDrawing.draw(hops, "Path of connection " + id).toString());
          json.writeName("hops");
          TraceJson.write(hops, json);
        });
  }

  /** Text that is made on a thread of its own. */
  @FunctionalInterface
  private interface Text {
    String make();
  }

  private static void write(Consumer<HttpResponse> answer, Text text) {
    Thread.ofVirtual()
        .name("sluice-live")
        .start(() -> answer.accept(HttpResponse.json(text.make())));
  }

  private static OptionalLong number(String text) {
    return text.matches("\\d{1,18}") ? OptionalLong.of(Long.parseLong(text)) : OptionalLong.empty();
  }
}
