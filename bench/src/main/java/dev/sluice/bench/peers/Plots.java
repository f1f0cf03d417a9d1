// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.peers;

import dev.sluice.bench.load.Latencies;
import java.awt.Color;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.Function;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.BitmapEncoder.BitmapFormat;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.VectorGraphicsEncoder;
import org.knowm.xchart.VectorGraphicsEncoder.VectorGraphicsFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.internal.chartpart.Chart;
import org.knowm.xchart.style.Styler;

/** A run as pictures, each as SVG and PNG: on white, titled with what is better. */
final class Plots {
  static final int WIDTH = 900;
  static final int HEIGHT = 480;
  private static final int PNG_DPI = 144;

  private final Path folder;
  private final RunOutcome outcome;
  private final List<String> variants;

  private Plots(Path folder, RunOutcome outcome) {
    this.folder = folder;
    this.outcome = outcome;
    this.variants =
        outcome.measured().stream().filter(name -> !name.equals(Variant.SLOWED)).toList();
  }

  /** Draws all of them into {@code folder}, which is made. */
  static void write(Path folder, RunOutcome outcome) throws IOException {
    System.setProperty("java.awt.headless", "true");
    Files.createDirectories(folder);
    Plots plots = new Plots(folder, outcome);
    plots.metric("throughput", "One TCP stream (more is better)", "Gbit/s", Metric.STREAM);
    plots.metric(
        "requests",
        "HTTP requests over 32 connections (more is better)",
        "requests/s",
        Metric.REQUESTS);
    plots.metric(
        "connections",
        "Connect, request, close (more is better)",
        "connections/s",
        Metric.CONNECTIONS);
    plots.metric(
        "cpu-per-gb",
        "Processor time for a GB: client, proxy, server, kernel (less is better)",
        "CPU-seconds",
        Metric.STREAM_CPU);
    plots.metric(
        "cpu-per-request",
        "Processor time for an HTTP request: client, proxy, server, kernel (less is better)",
        "microseconds",
        Metric.REQUEST_CPU);
    Findings findings = outcome.findings();
    plots.bars(
        "start-up",
        "From exec to the first byte through the proxy (less is better)",
        "milliseconds",
        name -> Findings.of(findings.startMillis(), name));
    plots.latencies();
    plots.memory();
  }

  private void metric(String name, String title, String unit, Metric metric) throws IOException {
    bars(name, title, unit, variant -> outcome.findings().samples().median(metric, variant));
  }

  private void bars(String name, String title, String unit, Function<String, OptionalDouble> value)
      throws IOException {
    List<String> names = new ArrayList<>();
    List<Double> values = new ArrayList<>();
    for (String variant : variants) {
      OptionalDouble found = value.apply(variant);
      if (found.isPresent()) {
        names.add(variant);
        values.add(rounded(found.getAsDouble()));
      }
    }
    if (names.isEmpty()) {
      return;
    }
    CategoryChart chart =
        new CategoryChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title(title)
            .yAxisTitle(unit)
            .build();
    chart.getStyler().setLegendVisible(false);
    chart.getStyler().setXAxisLabelRotation(names.size() > 6 ? 30 : 0);
    chart.getStyler().setLabelsVisible(true).setAvailableSpaceFill(0.6);
    chart.addSeries(unit, names, values).setFillColor(new Color(0x3B, 0x6E, 0xA8));
    save(chart, name);
  }

  private void latencies() throws IOException {
    XYChart chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title("Latency of small messages at a constant 4,000/s (lower is better)")
            .xAxisTitle("part of the messages that were slower: 1 of N")
            .yAxisTitle("microseconds")
            .build();
    chart.getStyler().setXAxisLogarithmic(true).setYAxisLogarithmic(true);
    Map<String, List<Double>> curves = outcome.findings().latencyCurves();
    for (String variant : variants) {
      List<Double> curve = curves.get(variant);
      if (curve != null) {
        List<Double> oneOf = new ArrayList<>();
        List<Double> micros = new ArrayList<>();
        for (int i = 0; i < curve.size(); i++) {
          double quantile = Latencies.QUANTILES.get(i);
          if (quantile >= 0.5 && quantile < 1) {
            oneOf.add(1 / (1 - quantile));
            micros.add(curve.get(i));
          }
        }
        chart.addSeries(variant, oneOf, micros);
      }
    }
    if (!chart.getSeriesMap().isEmpty()) {
      save(chart, "latency");
    }
  }

  private void memory() throws IOException {
    XYChart chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title("Memory of the proxy with idle connections (lower is better)")
            .xAxisTitle("connections through the proxy")
            .yAxisTitle("RSS, MiB")
            .build();
    chart.getStyler().setYAxisMin(0.0);
    outcome
        .findings()
        .idleRss()
        .forEach(
            (variant, figures) ->
                chart.addSeries(
                    variant, new ArrayList<>(figures.keySet()), new ArrayList<>(figures.values())));
    if (!chart.getSeriesMap().isEmpty()) {
      save(chart, "memory-by-connections");
    }
  }

  private void save(Chart<?, ?> chart, String name) throws IOException {
    save(folder, chart, name);
  }

  /** Writes {@code chart} as SVG and PNG. */
  static void save(Path folder, Chart<?, ?> chart, String name) throws IOException {
    Styler styler = chart.getStyler();
    styler.setDecimalPattern("#,##0.##");
    styler.setChartBackgroundColor(Color.WHITE).setPlotBackgroundColor(Color.WHITE);
    styler.setLegendBackgroundColor(Color.WHITE).setLegendPosition(Styler.LegendPosition.OutsideE);
    String file = folder.resolve(name).toString();
    VectorGraphicsEncoder.saveVectorGraphic(chart, file, VectorGraphicsFormat.SVG);
    BitmapEncoder.saveBitmapWithDPI(chart, file, BitmapFormat.PNG, PNG_DPI);
  }

  /** What is written at a bar has three digits at most. */
  private static double rounded(double value) {
    return Double.parseDouble(String.format(Locale.ROOT, "%.3g", value));
  }
}
