// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * What a sidecar costs that does nothing: the memory of each of twenty proxies of one host, and the
 * time from exec to the first byte that came through one, both seen from outside. {@code
 * scripts/bench --footprint}. Memory hardly depends on how busy the machine is; the time does.
 */
public final class Footprint {
  private static final int PROXIES = 20;
  private static final int STARTS = 11;
  private static final int CONNECTIONS = 100;

  /** What was freed after the start is back with the system then. */
  private static final long SETTLED_MILLIS = 6_000;

  private static final String POLICY =
      """
      apiVersion: v1
      kind: Service
      metadata: {name: reviews, namespace: bench}
      spec:
        clusterIP: 198.18.0.1
        ports: [{port: 80, protocol: TCP}]
      ---
      apiVersion: security.istio.io/v1
      kind: AuthorizationPolicy
      metadata: {name: reviews, namespace: bench}
      spec:
        targetRefs: [{kind: Service, group: "", name: reviews}]
        action: DENY
        rules: [{from: [{source: {ipBlocks: ["198.18.1.0/24"]}}]}]
      """;

  private Footprint() {}

  /** Runs all of it and prints a line for each figure. */
  public static void main(String[] arguments) throws Exception {
    OrderlyEnd end = OrderlyEnd.onSignal();
    try {
      measure(end);
    } catch (OrderlyEnd.Wanted e) {
      System.err.println("bench: interrupted; removed what it had made");
    } finally {
      end.hasEnded();
    }
    System.exit(0);
  }

  private static void measure(OrderlyEnd end) throws Exception {
    System.out.print(Machine.description());
    Path folder =
        Files.createTempDirectory(
            "sluice-footprint",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxrwxrwx")));
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
    Files.writeString(folder.resolve("policy.yaml"), POLICY);
    try (BenchNamespace namespace = BenchNamespace.sidecars(PROXIES)) {
      printStart(namespace, folder, end);
      printMemory(namespace, folder, end);
    } finally {
      deleteAll(folder);
    }
  }

  private static void printStart(BenchNamespace namespace, Path folder, OrderlyEnd end)
      throws Exception {
    double[] millis = new double[STARTS];
    try (GreetingServer _ = namespace.call(() -> new GreetingServer(BenchNamespace.DIALLED))) {
      for (int i = 0; i < STARTS; i++) {
        end.check();
        long before = System.nanoTime();
        try (SidecarProcess sidecar = SidecarProcess.start(namespace, 0, folder)) {
          namespace.call(
              () -> {
                sidecar.awaitFirstByte();
                return true;
              });
          millis[i] = (System.nanoTime() - before) / 1e6;
        }
      }
    }
    Arrays.sort(millis);
    System.out.printf(
        Locale.ROOT,
        "exec to first byte, %d starts: best %.0f ms, median %.0f ms%n",
        STARTS,
        millis[0],
        millis[STARTS / 2]);
  }

  private static void printMemory(BenchNamespace namespace, Path folder, OrderlyEnd end)
      throws Exception {
    List<SidecarProcess> sidecars = new ArrayList<>();
    List<GreetingServer> servers = new ArrayList<>();
    try {
      for (int i = 0; i < PROXIES; i++) {
        end.check();
        int port = BenchNamespace.DIALLED + i;
        servers.add(namespace.call(() -> new GreetingServer(port)));
        SidecarProcess sidecar = SidecarProcess.start(namespace, i, folder);
        sidecars.add(sidecar);
        namespace.call(
            () -> {
              for (int connection = 0; connection < CONNECTIONS; connection++) {
                sidecar.awaitFirstByte();
              }
              return true;
            });
      }
      Thread.sleep(SETTLED_MILLIS);
      System.out.printf(
          Locale.ROOT,
          "%d proxies after %d connections each, mean: %.1f MiB PSS, %.1f RSS, %.1f of its own%n",
          PROXIES,
          CONNECTIONS,
          mean(sidecars, "Pss"),
          mean(sidecars, "Rss"),
          mean(sidecars, "Private_Dirty"));
    } finally {
      sidecars.forEach(SidecarProcess::close);
      for (GreetingServer server : servers) {
        server.close();
      }
    }
  }

  private static double mean(List<SidecarProcess> sidecars, String field) throws IOException {
    double sum = 0;
    for (SidecarProcess sidecar : sidecars) {
      sum += sidecar.memory(field);
    }
    return sum / sidecars.size() / (1 << 20);
  }

  private static void deleteAll(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
