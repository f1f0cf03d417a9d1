// SPDX-License-Identifier: Apache-2.0
package dev.sluice.admin;

import dev.sluice.probe.AppProbes;
import dev.sluice.telemetry.Exposition;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;

/** What is behind each door. */
final class Endpoints {
  /** More would be megabytes that nobody reads. */
  static final int MOST_CONNECTIONS = 10_000;

  private static final Duration PROBE_PATIENCE = Duration.ofSeconds(1);

  private Endpoints() {}

  /** For the operator, by the names that Envoy has. */
  static Routes admin(ProxyView proxy) {
    Routes routes = new Routes();
    routes.get(
        "/config_dump",
        (_, answer) -> answer.accept(HttpResponse.json(Documents.configuration(proxy))));
    routes.get(
        "/clusters",
        (_, answer) -> answer.accept(HttpResponse.json(Documents.clusters(proxy.snapshot()))));
    routes.get(
        "/listeners", (_, answer) -> answer.accept(HttpResponse.json(Documents.listeners(proxy))));
    routes.get(
        "/connections",
        (_, answer) ->
            proxy.connections(
                MOST_CONNECTIONS,
                // They come on a loop that moves bytes, which writes no documents.
                open ->
                    Thread.ofVirtual()
                        .name("sluice-connections")
                        .start(
                            () ->
                                answer.accept(
                                    HttpResponse.json(
                                        Documents.connections(open, proxy.openConnections()))))));
    routes.get("/stats", (_, answer) -> answer.accept(metrics(proxy)));
    routes.get("/stats/prometheus", (_, answer) -> answer.accept(metrics(proxy)));
    routes.get("/ready", (_, answer) -> answer.accept(readiness(proxy)));
    routes.get("/logging", (_, answer) -> answer.accept(HttpResponse.json(logging(proxy))));
    routes.post(
        "/logging",
        (request, answer) -> {
          if (!"reopen".equals(request.query().get("access_log"))) {
            answer.accept(
                HttpResponse.text(400, "the query isn't known; expected access_log=reopen"));
            return;
          }
          proxy.reopenAccessLog();
          answer.accept(HttpResponse.json(logging(proxy)));
        });
    new LivePage(proxy).addTo(routes);
    routes.post("/drain", new Draining(proxy));
    routes.post(
        "/quitquitquit",
        (_, answer) -> {
          answer.accept(HttpResponse.text(200, "ending"));
          proxy.quit();
        });
    return routes;
  }

  /** For the kubelet. */
  static Routes status(ProxyView proxy) {
    return new Routes()
        .get("/healthz/ready", (_, answer) -> answer.accept(readiness(proxy)))
        // Every loop that moves bytes has to take its turn.
        .get(
            "/healthz/live",
            (_, answer) -> proxy.alive(() -> answer.accept(HttpResponse.text(200, "alive"))));
  }

  /** For Prometheus, and for what the kubelet asks about the applications. */
  static Routes stats(ProxyView proxy, Optional<AppProbes> probes) {
    Routes routes = new Routes();
    routes.get("/stats/prometheus", (_, answer) -> answer.accept(metrics(proxy)));
    probes.ifPresent(present -> routes.getBelow("/app-health/", new Probing(present)));
    return routes;
  }

  /** For Prometheus, of a process that is no proxy. */
  static Routes stats(Consumer<Exposition> metrics) {
    return new Routes().get("/stats/prometheus", (_, answer) -> answer.accept(metrics(metrics)));
  }

  /** Asking an application waits for it, so it isn't done on the event loop. */
  private record Probing(AppProbes probes) implements Routes.Endpoint {
    @Override
    public void answer(HttpRequest request, Consumer<HttpResponse> answer) {
      Thread.ofVirtual()
          .start(
              () -> {
                int status = probes.answer(request.path(), PROBE_PATIENCE);
                answer.accept(
                    HttpResponse.text(status, status == 200 ? "it accepts" : "it doesn't accept"));
              });
    }
  }

  /** It waits for the other event loops, which this one must not. */
  private record Draining(ProxyView proxy) implements Routes.Endpoint {
    @Override
    public void answer(HttpRequest request, Consumer<HttpResponse> answer) {
      Thread.ofVirtual()
          .start(
              () -> {
                proxy.drain();
                answer.accept(
                    HttpResponse.text(
                        200, "draining: " + proxy.openConnections() + " connections open"));
              });
    }
  }

  private static HttpResponse readiness(ProxyView proxy) {
    return proxy
        .unreadiness()
        .map(why -> HttpResponse.text(503, why))
        .orElseGet(() -> HttpResponse.text(200, "ready"));
  }

  private static HttpResponse metrics(ProxyView proxy) {
    return metrics(proxy::metrics);
  }

  private static HttpResponse metrics(Consumer<Exposition> metrics) {
    Exposition out = new Exposition();
    metrics.accept(out);
    return new HttpResponse(200, HttpResponse.METRICS, "", out.toString());
  }

  private static String logging(ProxyView proxy) {
    return Documents.of(
        json -> json.writeStringProperty("access_log", proxy.accessLog().orElse("")));
  }
}
