// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench;

import dev.sluice.socketlb.Capture;
import dev.sluice.socketlb.CaptureOptionsText;
import dev.sluice.socketlb.InstalledFeature;
import dev.sluice.socketlb.LoadBalancer;
import dev.sluice.socketlb.ServiceIp;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;

/**
 * How long it takes until something is in force: the programs of each feature loaded and attached,
 * and the tables of many services filled and exchanged. Confined to one thread.
 */
final class SetUpTimes {
  private static final int TIMES = 7;
  private static final int MANY = 10_000;
  private static final InetSocketAddress NOBODY =
      new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 9);

  private final BenchCgroups cgroups;
  private final OrderlyEnd end;
  private final StringBuilder text = new StringBuilder();

  private SetUpTimes(BenchCgroups cgroups, OrderlyEnd end) {
    this.cgroups = cgroups;
    this.end = end;
  }

  /** A table; each line is about several times, after one that doesn't count. */
  static String measure(OrderlyEnd end) throws IOException {
    try (BenchNamespace namespace = BenchNamespace.plain();
        BenchCgroups cgroups = BenchCgroups.create()) {
      SetUpTimes times = new SetUpTimes(cgroups, end);
      times.features(namespace);
      times.tables();
      return times.text.toString();
    }
  }

  private void features(BenchNamespace namespace) throws IOException {
    Path pins = cgroups.pins();
    Path balanced = cgroups.make("balanced");
    line(
        "load and attach: socket LB, 1 service",
        () -> LoadBalancer.apply(pins, balanced, ServiceTables.of(1, NOBODY)).entries());
    Path given = cgroups.make("given");
    line(
        "load and attach: service IP",
        () -> {
          ServiceIp.on(pins, given);
          return 0;
        });
    Path pod = cgroups.make("socket");
    Path proxy = cgroups.make("socket/proxy");
    line(
        "load and attach: socket mode",
        () -> {
          capture(pins, pod, proxy, namespace);
          return 0;
        });
  }

  private void tables() throws IOException {
    Path pins = cgroups.pins();
    Path many = cgroups.make("many");
    LoadBalancer.Change change = ServiceTables.of(MANY, NOBODY);
    line(
        "load and attach: socket LB, 10,000 services",
        () -> LoadBalancer.apply(pins, many, change).entries());
    LoadBalancer.apply(pins, many, change);
    lineInPlace(
        "exchange: 10,000 services", () -> LoadBalancer.apply(pins, many, change).entries());
  }

  /** Sends everything to the proxy of a pod in {@code namespace}. */
  static void capture(Path pins, Path pod, Path proxy, BenchNamespace namespace)
      throws IOException {
    CaptureOptionsText words = new CaptureOptionsText();
    Capture.on(
        pins,
        new Capture.Pod(pod, proxy, namespace.path().toString()),
        words.finish(
            words.proxyPorts(Integer.toString(BenchNamespace.LISTENING), "15006"),
            words.inbound("*", ""),
            words.outbound("*", "", "", "")),
        // One sign of life has to last for the whole run: nobody gives another.
        new Capture.Without(Capture.WhenDead.CLOSED, Duration.ofHours(1)));
  }

  /** Something that is timed; says how many entries of a map it wrote. */
  @FunctionalInterface
  private interface Step {
    int run() throws IOException;
  }

  /** What was made is removed each time, outside the time that is taken. */
  private void line(String what, Step step) throws IOException {
    time(what, step, true);
  }

  private void lineInPlace(String what, Step step) throws IOException {
    time(what, step, false);
  }

  private void time(String what, Step step, boolean anew) throws IOException {
    double[] millis = new double[TIMES];
    int entries = 0;
    for (int i = -1; i < TIMES; i++) {
      end.check();
      long start = System.nanoTime();
      entries = step.run();
      if (i >= 0) {
        millis[i] = (System.nanoTime() - start) / 1e6;
      }
      if (anew) {
        removeAll();
      }
    }
    Arrays.sort(millis);
    text.append(
        String.format(
            Locale.ROOT,
            "%-46s %8.1f ms at best, median %.1f ms",
            what,
            millis[0],
            millis[TIMES / 2]));
    if (entries > MANY) {
      text.append(
          String.format(
              Locale.ROOT, "; %,d entries, %,.0f a second", entries, entries / millis[0] * 1_000));
    }
    text.append('\n');
  }

  private void removeAll() throws IOException {
    for (InstalledFeature feature : InstalledFeature.all(cgroups.pins())) {
      feature.remove();
    }
  }
}
