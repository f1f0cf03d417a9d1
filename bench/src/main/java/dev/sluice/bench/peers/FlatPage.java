// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.peers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntToDoubleFunction;
import java.util.stream.Collectors;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;

/**
 * A run of {@link Flat} as tables, objects and pictures. Immutable.
 *
 * @param quick its figures mean nothing
 * @param lookups nanoseconds of a connect and close against services
 */
record FlatPage(String machine, boolean quick, Crowds.Measured crowds, Growth lookups) {
  private static final double MEBIBYTE = 1 << 20;
  private static final double KIBIBYTE = 1 << 10;

  /** Whether each ratio may be shown. */
  boolean isQuietEnough() {
    return !crowds.micros().isTooNoisy()
        && !crowds.microsOfFew().isTooNoisy()
        && !lookups.isTooNoisy();
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
    notes.add(noise("processor time of a request by turns", crowds.micros()));
    notes.add(noise("processor time of a request on ten", crowds.microsOfFew()));
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
    Growth micros = crowds.micros();
    List<List<String>> rows = new ArrayList<>();
    for (int i = 0; i < micros.sizes().size(); i++) {
      rows.add(
          List.of(
              number(micros, i),
              Figures.of(crowds.requests().median(i)),
              Figures.of(micros.median(i)),
              Figures.of(micros.ratio(i)),
              Figures.of(crowds.microsOfFew().median(i)),
              Figures.of(crowds.microsOfFew().ratio(i)),
              Figures.of(crowds.fullRss().get(i) / MEBIBYTE),
              perConnection(i)));
    }
    return new Table(
        "Open connections, 8 requests under way, processor time of the proxy for each",
        List.of(
            "",
            "requests/s",
            "CPU us, by turns on all",
            "x fewest",
            "CPU us, on ten",
            "x fewest",
            "RSS MiB",
            "KiB each"),
        rows);
  }

  /** What a proxy has more than before its connections came; of few it is an accident. */
  private String perConnection(int i) {
    int connections = crowds.micros().sizes().get(i);
    long more = crowds.fullRss().get(i) - crowds.emptyRss().get(i);
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
    for (int i = 0; i < crowds.micros().sizes().size(); i++) {
      Map<String, Object> fields = fields("connections", crowds.micros(), i);
      fields.put("requests_per_second", crowds.requests().median(i));
      fields.put("empty_rss_mib", crowds.emptyRss().get(i) / MEBIBYTE);
      fields.put("rss_mib", crowds.fullRss().get(i) / MEBIBYTE);
      json.line("cpu_us_per_request", fields);
      json.line("cpu_us_per_request_on_ten", fields("connections", crowds.microsOfFew(), i));
    }
    for (int i = 0; i < lookups.sizes().size(); i++) {
      json.line("connect_ns", fields("services", lookups, i));
    }
    return json;
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
    Growth micros = crowds.micros();
    plot(
        folder,
        "flat-cpu",
        "Processor time of the proxy for a request, by turns on all connections (flat is good)",
        "open connections",
        "microseconds",
        micros,
        micros::median);
    plot(
        folder,
        "flat-memory",
        "Memory of the proxy (lower is better)",
        "open connections",
        "RSS, MiB",
        micros,
        i -> crowds.fullRss().get(i) / MEBIBYTE);
    plot(
        folder,
        "flat-lookup",
        "Connect and close through the socket load balancer (flat is good)",
        "services",
        "microseconds",
        lookups,
        i -> lookups.median(i) / 1e3);
  }

  private static void plot(
      Path folder,
      String name,
      String title,
      String across,
      String up,
      Growth growth,
      IntToDoubleFunction value)
      throws IOException {
    XYChart chart =
        new XYChartBuilder()
            .width(Plots.WIDTH)
            .height(Plots.HEIGHT)
            .title(title)
            .xAxisTitle(across)
            .yAxisTitle(up)
            .build();
    chart.getStyler().setXAxisLogarithmic(true).setYAxisMin(0.0).setLegendVisible(false);
    List<Double> values = new ArrayList<>();
    for (int i = 0; i < growth.sizes().size(); i++) {
      values.add(value.applyAsDouble(i));
    }
    chart.addSeries(up, growth.sizes(), values);
    Plots.save(folder, chart, name);
  }
}
