// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.peers;

import dev.sluice.bench.load.Latencies;
import dev.sluice.bench.load.Service;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Puts loads on variants. Each takes its time and gives the metrics that it measured. */
final class Loads {
  static final int CONNECTIONS = 32;
  static final int MESSAGES_PER_SECOND = 4_000;

  private static final Pattern RECEIVED =
      Pattern.compile(
          "\"sum_received\":\\s*\\{[^}]*\"bytes\":\\s*([0-9]+)[^}]*\"bits_per_second\":\\s*([0-9.e+]+)");
  private static final Pattern REQUESTS = Pattern.compile("([0-9]+) requests in ");
  private static final Pattern RATE = Pattern.compile("Requests/sec: +([0-9.]+)");
  private static final Pattern ERRORS = Pattern.compile("(Socket errors|Non-2xx).*");

  private static final int PING_MILLIS = 600;

  private final int seconds;
  private final Findings findings;

  /** {@code seconds} for each; distributions of latencies go to {@code findings}. */
  Loads(int seconds, Findings findings) {
    this.seconds = seconds;
    this.findings = findings;
  }

  Map<Metric, Double> run(Load load, Trial trial) throws IOException {
    return switch (load) {
      case STREAM -> stream(trial, List.of(), Metric.STREAM, Metric.STREAM_CPU);
      case STREAM_BACK ->
          stream(trial, List.of("--reverse"), Metric.STREAM_BACK, Metric.STREAM_BACK_CPU);
      case PING_1 -> pingPong(trial, 1, Metric.RTT_1);
      case PING_16 -> pingPong(trial, 16, Metric.RTT_16);
      case REQUESTS -> wrk(trial, List.of(), Metric.REQUESTS, Metric.REQUEST_CPU);
      case RATE -> constantRate(trial);
      case CONNECTIONS ->
          wrk(trial, List.of("-H", "Connection: close"), Metric.CONNECTIONS, Metric.CONNECTION_CPU);
      case MEMORY -> memory(trial);
    };
  }

  private Map<Metric, Double> stream(Trial trial, List<String> options, Metric rate, Metric cpu)
      throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                "iperf3",
                "-J",
                "-c",
                trial.target(),
                "-p",
                Integer.toString(Service.STREAM.port()),
                "-B",
                trial.source(Service.STREAM),
                "-t",
                Integer.toString(seconds)));
    command.addAll(options);
    CpuTime before = trial.cpuTime();
    String output = trial.run(command);
    double micros = trial.cpuTime().microsSince(before);
    Matcher received = find(RECEIVED, output);
    double bytes = Double.parseDouble(received.group(1));
    return metrics(
        rate, Double.parseDouble(received.group(2)) / 1e9, cpu, micros / 1e6 / (bytes / 1e9));
  }

  private Map<Metric, Double> wrk(Trial trial, List<String> options, Metric rate, Metric cpu)
      throws IOException {
    List<String> command = new ArrayList<>(List.of("wrk", "-t1", "-c" + CONNECTIONS));
    command.add("-d" + seconds + "s");
    command.addAll(options);
    command.add("http://" + trial.target() + ":" + Service.HTTP.port() + "/");
    CpuTime before = trial.cpuTime();
    String output = trial.run(command);
    double micros = trial.cpuTime().microsSince(before);
    Matcher errors = ERRORS.matcher(output);
    if (errors.find()) {
      throw new IOException("wrk: " + errors.group());
    }
    double requests = Double.parseDouble(find(REQUESTS, output).group(1));
    if (requests == 0) {
      throw new IOException("wrk: not one answer");
    }
    return metrics(rate, Double.parseDouble(find(RATE, output).group(1)), cpu, micros / requests);
  }

  private Map<Metric, Double> pingPong(Trial trial, int connections, Metric metric)
      throws IOException {
    Latencies latencies =
        Latencies.parse(trial.pinnedClient(messages("ping", trial, connections, PING_MILLIS)));
    Map<Metric, Double> metrics = new EnumMap<>(Metric.class);
    metrics.put(metric, latencies.at(0.5));
    return metrics;
  }

  private Map<Metric, Double> constantRate(Trial trial) throws IOException {
    Latencies latencies = latencies(trial);
    findings.latencies(trial.name(), latencies);
    Map<Metric, Double> metrics =
        metrics(Metric.RATE_P50, latencies.at(0.5), Metric.RATE_P99, latencies.at(0.99));
    metrics.put(Metric.RATE_P999, latencies.at(0.999));
    return metrics;
  }

  private Latencies latencies(Trial trial) throws IOException {
    List<String> arguments = new ArrayList<>(messages("rate", trial, CONNECTIONS, seconds * 1_000));
    arguments.add(Integer.toString(MESSAGES_PER_SECOND));
    return Latencies.parse(trial.client(arguments));
  }

  private static List<String> messages(String load, Trial trial, int connections, int millis) {
    return List.of(
        load,
        trial.source(Service.ECHO),
        trial.target(),
        Integer.toString(connections),
        Integer.toString(millis));
  }

  private static Map<Metric, Double> memory(Trial trial) throws IOException {
    if (trial.proxy().isEmpty()) {
      return Map.of();
    }
    BenchProcess proxy = trial.proxy().get();
    double mebibyte = 1 << 20;
    return metrics(
        Metric.RSS, proxy.memory("Rss") / mebibyte, Metric.PSS, proxy.memory("Pss") / mebibyte);
  }

  private static Map<Metric, Double> metrics(
      Metric one, double first, Metric other, double second) {
    Map<Metric, Double> metrics = new EnumMap<>(Metric.class);
    metrics.put(one, first);
    metrics.put(other, second);
    return metrics;
  }

  private static Matcher find(Pattern pattern, String output) throws IOException {
    Matcher matcher = pattern.matcher(output);
    if (!matcher.find()) {
      String said = output.strip().replace("\n", "; ");
      throw new IOException(
          "no '" + pattern + "' in: " + said.substring(0, Math.min(300, said.length())));
    }
    return matcher;
  }
}
