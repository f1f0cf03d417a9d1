// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.peers;

import dev.sluice.bench.load.LoadServer;
import dev.sluice.bench.load.Service;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** nginx, iperf3 and {@link LoadServer}, once for all variants. */
final class Servers {
  private static final Duration LIMIT = Duration.ofSeconds(20);

  private Servers() {}

  /** Starts all of them in the world's pod for servers, which ends them. */
  static void start(BenchWorld world) throws IOException {
    Pod pod = world.servers();
    Path folder = world.folder();
    Path nginx =
        Configuration.write(
            "nginx-server.conf",
            folder.resolve("nginx-server.conf"),
            Map.of("FOLDER", folder.toString()),
            List.of());
    pod.service(
        "nginx", List.of("nginx", "-c", nginx.toString(), "-p", folder + "/", "-e", "/dev/stderr"));
    pod.service("iperf3", List.of("iperf3", "-s", "-p", Integer.toString(Service.STREAM.port())));
    pod.service("load", java(List.of(LoadServer.class.getName())))
        .awaitText(LoadServer.LISTENING, LIMIT);
  }

  /** A program of this bench. */
  static List<String> java(List<String> arguments) {
    List<String> command =
        new ArrayList<>(
            List.of(
                System.getProperty("java.home") + "/bin/java",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-XX:-UsePerfData",
                "-Xss256k",
                "-Xmx256m",
                "-cp",
                System.getProperty("java.class.path")));
    command.addAll(arguments);
    return command;
  }
}
