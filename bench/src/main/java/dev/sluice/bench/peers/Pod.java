// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.peers;

import dev.sluice.bench.BenchCgroups;
import dev.sluice.bench.BenchNamespace;
import dev.sluice.bench.load.Service;
import dev.sluice.process.Command;
import dev.sluice.process.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A network namespace with a cgroup for the application and one for the proxy in it. Closed by the
 * {@link BenchWorld} that made it.
 */
final class Pod {
  /** Moves the shell into the cgroup that its first word names, and becomes the command. */
  private static final String JOIN = "echo $$ > \"$0\" && exec \"$@\"";

  private final String name;
  private final int number;
  private final BenchNamespace namespace;
  private final Path cgroup;
  private final Path application;
  private final Path proxy;
  private final Path folder;

  private Pod(String name, int number, BenchNamespace namespace, BenchCgroups cgroups, Path folder)
      throws IOException {
    this.name = name;
    this.number = number;
    this.namespace = namespace;
    this.cgroup = cgroups.make(name);
    this.application = cgroups.make(name + "/application");
    this.proxy = cgroups.make(name + "/proxy");
    this.folder = folder;
  }

  static Pod create(String name, int number, BenchCgroups cgroups, Path folder) throws IOException {
    BenchNamespace namespace = BenchNamespace.named(name);
    try {
      return new Pod(name, number, namespace, cgroups, folder);
    } catch (IOException e) {
      namespace.close();
      throw e;
    }
  }

  String name() {
    return name;
  }

  BenchNamespace namespace() {
    return namespace;
  }

  /** With the other two below it. */
  Path cgroup() {
    return cgroup;
  }

  Path proxyCgroup() {
    return proxy;
  }

  /** The last parts of the addresses that a pod has: one for the clients of each service. */
  static List<Integer> hosts() {
    return Arrays.stream(Service.values()).map(Service::clientHost).toList();
  }

  String address(int host) {
    return "198.18." + number + "." + host;
  }

  String addressIpv6(int host) {
    return "2001:2:0:" + number + "::" + host;
  }

  /** Runs a command as root in the namespace, to its end. */
  void run(String... command) throws IOException {
    Command.of(command).inNetworkNamespace(namespace.path()).runOrThrow();
  }

  /** Starts a part of the application; it ends with this process. */
  BenchProcess application(List<String> command) throws IOException {
    return start(application, List.of(), command, name + "-application", false);
  }

  /** Starts one of several servers. */
  BenchProcess service(String kind, List<String> command) throws IOException {
    return start(application, List.of(), command, name + "-" + kind, false);
  }

  /**
   * Starts a proxy with {@code rights}, options of setpriv(1).
   *
   * @param piped whether its standard output is a pipe
   */
  BenchProcess proxy(List<String> rights, List<String> command, boolean piped) throws IOException {
    return start(proxy, rights, command, name + "-proxy", piped);
  }

  private BenchProcess start(
      Path group, List<String> rights, List<String> command, String outputName, boolean piped)
      throws IOException {
    List<String> line = new ArrayList<>();
    line.addAll(List.of("/bin/sh", "-c", JOIN, group.resolve("cgroup.procs").toString()));
    line.addAll(List.of("nsenter", "--net=" + namespace.path(), "--"));
    line.addAll(List.of("setpriv", "--pdeathsig", "KILL"));
    line.addAll(rights);
    line.add("--");
    line.add(
        command.getFirst().startsWith("/")
            ? command.getFirst()
            : Programs.find(command.getFirst())
                .orElseThrow(() -> new IOException(command.getFirst() + " is not installed"))
                .toString());
    line.addAll(command.subList(1, command.size()));
    return BenchProcess.start(line, group, folder.resolve(outputName), piped);
  }

  /** Every process in the pod's cgroups. */
  List<Long> processes() throws IOException {
    List<Long> ids = new ArrayList<>();
    for (Path group : List.of(application, proxy)) {
      ids.addAll(processesIn(group));
    }
    return ids;
  }

  static List<Long> processesIn(Path group) throws IOException {
    return Files.readAllLines(group.resolve("cgroup.procs")).stream().map(Long::valueOf).toList();
  }

  void close() throws IOException {
    Files.writeString(cgroup.resolve("cgroup.kill"), "1");
    namespace.close();
  }
}
