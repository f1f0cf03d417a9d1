// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.peers;

import dev.sluice.process.Command;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Envoy as its project builds it. */
record EnvoyProxy(Path program, boolean accessLog) implements ProxyProgram {
  @Override
  public Rights rights() {
    return Rights.PROXY;
  }

  @Override
  public String version() throws IOException {
    return Command.of(program.toString(), "--version")
        .runOrThrow()
        .lines()
        .filter(line -> line.contains("version"))
        .findFirst()
        .orElse("")
        .replaceFirst(".*version:", "Envoy")
        .strip();
  }

  @Override
  public List<String> command(Pod pod, Path folder) throws IOException {
    Path file =
        Configuration.write(
            "envoy.yaml",
            folder.resolve(pod.name() + ".yaml"),
            Map.of("FOLDER", folder.toString()),
            accessLog ? List.of() : List.of(Configuration.ACCESS_LOG));
    return List.of(
        program.toString(),
        "--config-path",
        file.toString(),
        "--concurrency",
        "2",
        "--disable-hot-restart",
        "--log-level",
        "error");
  }
}
