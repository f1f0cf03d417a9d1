// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.peers;

import dev.sluice.bench.load.Service;
import dev.sluice.process.Command;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** nginx's stream module as the distribution builds it. */
record NginxProxy(Path program, boolean accessLog) implements ProxyProgram {
  @Override
  public Rights rights() {
    return Rights.PROXY;
  }

  @Override
  public String version() throws IOException {
    return Command.of(program.toString(), "-v").run().errors().strip();
  }

  @Override
  public List<String> command(Pod pod, Path folder) throws IOException {
    Path file =
        Configuration.write(
            "nginx-proxy.conf",
            folder.resolve(pod.name() + ".conf"),
            Map.of("FOLDER", folder.toString(), "MAP", destinations(pod)),
            accessLog ? List.of() : List.of(Configuration.ACCESS_LOG));
    return List.of(
        program.toString(), "-c", file.toString(), "-p", folder + "/", "-e", "/dev/stderr");
  }

  private static String destinations(Pod pod) {
    return Arrays.stream(Service.values())
        .flatMap(
            service ->
                Stream.of(
                    "%s %s:%d;"
                        .formatted(
                            pod.address(service.clientHost()), BenchWorld.SERVER, service.port()),
                    "%s [%s]:%d;"
                        .formatted(
                            pod.addressIpv6(service.clientHost()),
                            BenchWorld.SERVER_IPV6,
                            service.port())))
        .collect(Collectors.joining("\n        "));
  }
}
