// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.peers;

import dev.sluice.bench.BenchCgroups;
import dev.sluice.process.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The namespace of the servers, and a pod for each variant with a veth pair to it; their cgroups; a
 * folder in memory for configurations and logs. There is no route out of it. Needs root; removes
 * all of it when it is closed, and what a killed run left when the next one is made.
 */
final class BenchWorld implements AutoCloseable {
  /** Where every client dials, for want of a load balancer. */
  static final String SERVER = "198.18.0.1";

  /** The same. */
  static final String SERVER_IPV6 = "2001:2::1";

  private static final Path MEMORY = Path.of("/dev/shm");
  private static final String PREFIX = "sluice-bench-";

  private final BenchCgroups cgroups;
  private final Path folder;
  private final List<Pod> pods = new ArrayList<>();
  private final Optional<String> congestionControl;
  private final Pod servers;

  private BenchWorld(BenchCgroups cgroups, Path folder, Optional<String> congestionControl)
      throws IOException {
    this.congestionControl = congestionControl;
    this.cgroups = cgroups;
    this.folder = folder;
    this.servers = pod("servers");
  }

  /**
   * With the servers' namespace and no pod.
   *
   * @param congestionControl of TCP in all of it; empty for the host's
   * @throws IOException also if the kernel has none of that name, or doesn't allow it
   */
  static BenchWorld create(Optional<String> congestionControl) throws IOException {
    removeThoseOfTheDead();
    BenchCgroups cgroups = BenchCgroups.create();
    Path folder = MEMORY.resolve(PREFIX + ProcessHandle.current().pid());
    try {
      Files.createDirectory(folder);
      Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
      BenchWorld world = new BenchWorld(cgroups, folder, congestionControl);
      world.servers.run("ip", "address", "add", SERVER + "/32", "dev", "lo");
      world.servers.run("ip", "address", "add", SERVER_IPV6 + "/128", "dev", "lo", "nodad");
      return world;
    } catch (IOException | RuntimeException e) {
      cgroups.close();
      deleteAll(folder);
      throw e;
    }
  }

  Pod servers() {
    return servers;
  }

  /** For pins. */
  Path bpfFileSystem() {
    return cgroups.pins();
  }

  /** Where the user of the proxies may write too. */
  Path folder() {
    return folder;
  }

  /** Another pod, with a way to the servers. */
  Pod addPod(String name) throws IOException {
    Pod pod = pod(name);
    int number = pods.size() - 1;
    String inside = "eth0";
    String outside = "pod" + number;
    servers.run(
        "ip",
        "link",
        "add",
        outside,
        "type",
        "veth",
        "peer",
        "name",
        inside,
        "netns",
        pod.namespace().path().getFileName().toString());
    servers.run("ip", "address", "add", "198.18." + number + ".1/24", "dev", outside);
    servers.run("ip", "address", "add", "2001:2:0:" + number + "::1/64", "dev", outside, "nodad");
    servers.run("ip", "link", "set", outside, "up");
    for (int host : Pod.hosts()) {
      pod.run("ip", "address", "add", pod.address(host) + "/24", "dev", inside);
      pod.run("ip", "address", "add", pod.addressIpv6(host) + "/64", "dev", inside, "nodad");
    }
    pod.run("ip", "link", "set", inside, "up");
    pod.run("ip", "route", "add", SERVER, "via", "198.18." + number + ".1", "src", pod.address(2));
    pod.run(
        "ip",
        "-6",
        "route",
        "add",
        SERVER_IPV6,
        "via",
        "2001:2:0:" + number + "::1",
        "src",
        pod.addressIpv6(2));
    return pod;
  }

  private Pod pod(String name) throws IOException {
    Pod pod = Pod.create(name, pods.size(), cgroups, folder);
    pods.add(pod);
    // Listeners are below it, so that no client's port is one of theirs.
    pod.run("sysctl", "-qw", "net.ipv4.ip_local_port_range=20000 65000", "net.ipv4.tcp_tw_reuse=1");
    if (congestionControl.isPresent()) {
      pod.run("sysctl", "-qw", "net.ipv4.tcp_congestion_control=" + congestionControl.get());
    }
    return pod;
  }

  @Override
  public void close() throws IOException {
    for (Pod pod : pods.reversed()) {
      pod.close();
    }
    cgroups.close();
    deleteAll(folder);
  }

  private static void removeThoseOfTheDead() throws IOException {
    try (Stream<Path> found = Files.list(MEMORY)) {
      for (Path path : found.toList()) {
        String name = path.getFileName().toString();
        if (name.matches(PREFIX + "[0-9]{1,9}")
            && ProcessHandle.of(Long.parseLong(name.substring(PREFIX.length()))).isEmpty()) {
          deleteAll(path);
        }
      }
    }
  }

  private static void deleteAll(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    }
  }

  /** For commands that act on pins or cgroups, in no pod. */
  static void sluice(List<String> command) throws IOException {
    List<String> line = new ArrayList<>(List.of(OurProxy.LAUNCHER));
    line.addAll(command);
    Command.of(line.toArray(String[]::new)).runOrThrow();
  }
}
