// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.peers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntToDoubleFunction;
import java.util.stream.Collectors;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;

/**
 * A run of {@link Flat} as tables, objects and pictures. Immutable.
 *
 * @param quick its figures mean nothing
 * @param crowds one for each way
 * @param missing ways that couldn't be measured
 * @param lookups nanoseconds of a connect and close against services
 */
record FlatPage(
    String machine,
    boolean quick,
    List<Crowds.Measured> crowds,
    List<Catalogue.Missing> missing,
    Growth lookups) {
  private static final double MEBIBYTE = 1 << 20;
  private static final double KIBIBYTE = 1 << 10;

  /** Whether each ratio may be shown. */
  boolean isQuietEnough() {
    return crowds.stream().noneMatch(Crowds.Measured::isTooNoisy) && !lookups.isTooNoisy();
  }

  /** For a terminal. */
  String text() {
    return machine
        + "\n\n"
        + tables().stream().map(Table::text).collect(Collectors.joining("\n"))
        + "\n"
        + String.join("\n", notes())
        + "\n";
  }

  /** For a page. */
  String markdown() {
    return machine
        + "\n\n"
        + tables().stream().map(Table::markdown).collect(Collectors.joining("\n"))
        + "\n"
        + notes().stream().map("- %s\n"::formatted).collect(Collectors.joining());
  }

  private List<String> notes() {
    List<String> notes = new ArrayList<>();
    for (Crowds.Measured way : crowds) {
      String name = way.way().name();
      notes.add(name + ": " + way.way().description());
      notes.add(noise(name + ", processor time of all", way.whole()));
      way.proxy()
          .ifPresent(
              proxy -> {
                notes.add(noise(name + ", of the proxy by turns", proxy.micros()));
                notes.add(noise(name + ", of the proxy on ten", proxy.microsOfFew()));
              });
    }
    missing.forEach(gone -> notes.add("not in this run: " + gone.name() + ": " + gone.reason()));
    notes.add(noise("connect", lookups));
    notes.add("the smallest number is there twice, under two names: they differ by the noise");
    if (quick) {
      notes.add("--quick shows that it works; its figures mean nothing");
    }
    return notes;
  }

  private static String noise(String what, Growth growth) {
    return String.format(Locale.ROOT, "%s: noise %.1f %%", what, 100 * growth.noise())
        + (growth.isTooNoisy() ? ": the machine is too busy for ratios" : "");
  }

  private List<Table> tables() {
    return List.of(byConnections(), byServices());
  }

  private Table byConnections() {
    List<List<String>> rows = new ArrayList<>();
    for (Crowds.Measured way : crowds) {
      for (int i = 0; i < way.whole().sizes().size(); i++) {
        List<String> row = new ArrayList<>();
        row.add(way.way().name() + ", " + number(way.whole(), i));
        row.add(Figures.of(way.requests().median(i)));
        row.add(Figures.of(way.whole().median(i)));
        row.add(Figures.of(way.whole().ratio(i)));
        row.addAll(ofProxy(way.proxy(), i));
        rows.add(row);
      }
    }
    return new Table(
        "Open connections, 8 requests under way, processor time for each request",
        List.of(
            "",
            "requests/s",
            "all, us",
            "x fewest",
            "proxy, us",
            "x fewest",
            "on ten, us",
            "x fewest",
            "RSS MiB",
            "KiB each"),
        rows);
  }

  private static List<String> ofProxy(Optional<Crowds.OfProxy> there, int i) {
    if (there.isEmpty()) {
      return Collections.nCopies(6, "-");
    }
    Crowds.OfProxy proxy = there.get();
    return List.of(
        Figures.of(proxy.micros().median(i)),
        Figures.of(proxy.micros().ratio(i)),
        Figures.of(proxy.microsOfFew().median(i)),
        Figures.of(proxy.microsOfFew().ratio(i)),
        Figures.of(proxy.fullRss().get(i) / MEBIBYTE),
        perConnection(proxy, i));
  }

  /** What a proxy has more than before its connections came; of few it is an accident. */
  private static String perConnection(Crowds.OfProxy proxy, int i) {
    int connections = proxy.micros().sizes().get(i);
    long more = proxy.fullRss().get(i) - proxy.emptyRss().get(i);
    return connections < 1_000 ? "-" : Figures.of(more / KIBIBYTE / connections);
  }

  private Table byServices() {
    List<List<String>> rows = new ArrayList<>();
    for (int i = 0; i < lookups.sizes().size(); i++) {
      rows.add(
          List.of(
              number(lookups, i),
              Figures.of(lookups.best(i) / 1e3),
              Figures.of(lookups.median(i) / 1e3),
              Figures.of(lookups.ratio(i))));
    }
    return new Table(
        "Services, connect and close through the socket load balancer",
        List.of("", "us, best", "us, median", "x fewest"),
        rows);
  }

  private static String number(Growth growth, int i) {
    return String.format(Locale.ROOT, "%,d", growth.sizes().get(i)) + (i == 1 ? " again" : "");
  }

  /** As objects, one a line. */
  JsonLines json() {
    JsonLines json = new JsonLines();
    json.line("run", Map.of("machine", machine, "quick", quick));
    for (Crowds.Measured way : crowds) {
      for (int i = 0; i < way.whole().sizes().size(); i++) {
        Map<String, Object> whole = fields("connections", way.whole(), i);
        whole.put("way", way.way().name());
        whole.put("requests_per_second", way.requests().median(i));
        json.line("cpu_us_per_request_in_all", whole);
        if (way.proxy().isPresent()) {
          ofProxy(json, way.way().name(), way.proxy().get(), i);
        }
      }
    }
    for (int i = 0; i < lookups.sizes().size(); i++) {
      json.line("connect_ns", fields("services", lookups, i));
    }
    return json;
  }

  private static void ofProxy(JsonLines json, String name, Crowds.OfProxy proxy, int i) {
    Map<String, Object> fields = fields("connections", proxy.micros(), i);
    fields.put("way", name);
    fields.put("empty_rss_mib", proxy.emptyRss().get(i) / MEBIBYTE);
    fields.put("rss_mib", proxy.fullRss().get(i) / MEBIBYTE);
    json.line("cpu_us_per_request", fields);
    Map<String, Object> few = fields("connections", proxy.microsOfFew(), i);
    few.put("way", name);
    json.line("cpu_us_per_request_on_ten", few);
  }

  private static Map<String, Object> fields(String what, Growth growth, int i) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put(what, growth.sizes().get(i));
    fields.put("again", i == 1);
    fields.put("rounds", growth.rounds(i));
    fields.put("best", growth.best(i));
    fields.put("median", growth.median(i));
    growth.ratio(i).ifPresent(ratio -> fields.put("x_fewest", ratio));
    return fields;
  }

  /** Draws three of them into {@code folder}, which is made. */
  void plot(Path folder) throws IOException {
    System.setProperty("java.awt.headless", "true");
    Files.createDirectories(folder);
    Map<String, Curve> costs = new LinkedHashMap<>();
    Map<String, Curve> memory = new LinkedHashMap<>();
    for (Crowds.Measured way : crowds) {
      String name = way.way().name();
      costs.put(name + ", all", new Curve(way.whole(), way.whole()::median));
      way.proxy()
          .ifPresent(
              proxy -> {
                costs.put(name + ", proxy", new Curve(proxy.micros(), proxy.micros()::median));
                memory.put(name, new Curve(proxy.micros(), i -> proxy.fullRss().get(i) / MEBIBYTE));
              });
    }
    plot(
        folder,
        "flat-cpu",
        "Processor time for a request, by turns on all connections (flat is good)",
        List.of("open connections", "microseconds"),
        costs);
    if (!memory.isEmpty()) {
      plot(
          folder,
          "flat-memory",
          "Memory of the proxy (lower is better)",
          List.of("open connections", "RSS, MiB"),
          memory);
    }
    plot(
        folder,
        "flat-lookup",
        "Connect and close through the socket load balancer (flat is good)",
        List.of("services", "microseconds"),
        Map.of("connect and close", new Curve(lookups, i -> lookups.median(i) / 1e3)));
  }

  private record Curve(Growth growth, IntToDoubleFunction value) {}

  /** {@code axes} are across and up. */
  private static void plot(
      Path folder, String name, String title, List<String> axes, Map<String, Curve> curves)
      throws IOException {
    XYChart chart =
        new XYChartBuilder()
            .width(Plots.WIDTH)
            .height(Plots.HEIGHT)
            .title(title)
            .xAxisTitle(axes.getFirst())
            .yAxisTitle(axes.getLast())
            .build();
    chart.getStyler().setXAxisLogarithmic(true).setYAxisMin(0.0);
    chart.getStyler().setLegendVisible(curves.size() > 1);
    curves.forEach(
        (label, curve) -> {
          List<Double> values = new ArrayList<>();
          for (int i = 0; i < curve.growth().sizes().size(); i++) {
            values.add(curve.value().applyAsDouble(i));
          }
          chart.addSeries(label, curve.growth().sizes(), values);
        });
    Plots.save(folder, chart, name);
  }
}
