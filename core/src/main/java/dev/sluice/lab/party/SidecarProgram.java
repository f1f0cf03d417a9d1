// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.party;

import dev.sluice.lab.topology.Family;
import dev.sluice.net.AddressText;
import dev.sluice.process.Command;
import dev.sluice.process.CommandResult;
import dev.sluice.process.Programs;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * A sidecar that isn't ours: an unmodified program with a configuration that is part of the demo,
 * and nothing preloaded. Immutable.
 *
 * @param path of the program
 * @param version the line that holds it, as the program prints it
 * @param rights whom the rules let out
 * @param command how it is started
 */
record SidecarProgram(Path path, String version, RunAs rights, List<String> command) {
  static final Path PYTHON = Path.of("/usr/bin/python3");

  SidecarProgram {
    command = List.copyOf(command);
  }

  /**
   * Finds the program and unpacks its configuration.
   *
   * @throws SidecarUnavailableException if it can't be had
   */
  static SidecarProgram find(Sidecar sidecar, SluiceHome home, Path folder) throws IOException {
    return switch (sidecar) {
      case SLUICE -> throw new IllegalArgumentException("our own proxy is no sidecar of others");
      case ENVOY -> envoy(home, folder);
      case HAPROXY -> haproxy(Resources.unpack("haproxy.cfg", folder));
      case NGINX -> nginx(Resources.unpack("nginx-sidecar.conf", folder), folder);
      case HOST_FILTER -> hostFilter(Resources.unpack("hostfilter.py", folder));
    };
  }

  private static SidecarProgram envoy(SluiceHome home, Path folder) throws IOException {
    Path configuration = Resources.unpack("envoy.yaml", folder);
    Path path = SluiceHome.runnable(EnvoyPackage.program(home.peers()), folder);
    List<String> command =
        List.of(
            path.toString(),
            "--config-path",
            configuration.toString(),
            "--concurrency",
            "1",
            "--disable-hot-restart",
            "--log-level",
            "warning",
            "--file-flush-interval-msec",
            "20");
    return new SidecarProgram(path, version(path, "--version"), RunAs.PROXY, command);
  }

  private static SidecarProgram haproxy(Path configuration) throws IOException {
    Path path = installed(Sidecar.HAPROXY, "haproxy");
    List<String> command = List.of(path.toString(), "-db", "-f", configuration.toString());
    return new SidecarProgram(path, version(path, "-v"), RunAs.PROXY, command);
  }

  /** As root with the proxy's group: it opens its standard output by name, which is root's. */
  private static SidecarProgram nginx(Path configuration, Path folder) throws IOException {
    Path path = installed(Sidecar.NGINX, "nginx-light");
    List<String> command =
        List.of(
            path.toString(),
            "-c",
            configuration.toString(),
            "-p",
            folder + "/",
            "-e",
            "/dev/stderr");
    return new SidecarProgram(path, version(path, "-v"), RunAs.ROOT_PROXY_GROUP, command);
  }

  private static SidecarProgram hostFilter(Path script) throws IOException {
    List<String> command =
        List.of(
            PYTHON.toString(),
            "-I",
            script.toString(),
            Client.DENIED_HOST,
            AddressText.of(Family.IPV4.balancedServiceIp()),
            AddressText.of(Family.IPV6.balancedServiceIp()),
            AddressText.of(Family.IPV4.serviceIp()),
            AddressText.of(Family.IPV6.serviceIp()));
    return new SidecarProgram(PYTHON, version(PYTHON, "--version"), RunAs.PROXY, command);
  }

  private static Path installed(Sidecar sidecar, String debianPackage) throws IOException {
    return Programs.find(sidecar.text())
        .orElseThrow(
            () ->
                new SidecarUnavailableException(
                    sidecar, "not installed (Debian package " + debianPackage + ")"));
  }

  /** nginx says it on standard error. */
  private static String version(Path program, String option) throws IOException {
    CommandResult result = Command.of(program.toString(), option).run();
    return Stream.concat(result.output().lines(), result.errors().lines())
        .map(String::strip)
        .filter(line -> line.matches(".*\\d+\\.\\d+.*"))
        .findFirst()
        .orElse("unknown version")
        .replace(program.toString(), "")
        .strip();
  }
}
