// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.socketlb;

import dev.sluice.it.bpf.TestBpfFileSystem;
import dev.sluice.linux.bpf.BpfMap;
import dev.sluice.process.Command;
import dev.sluice.socketlb.BackendSet;
import dev.sluice.socketlb.CgroupFolder;
import dev.sluice.socketlb.HostNamespace;
import dev.sluice.socketlb.InstalledFeature;
import dev.sluice.socketlb.LoadBalancer;
import dev.sluice.socketlb.Scope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Deque;
import java.util.List;

/**
 * A namespace with clients and one with backends, a cgroup for the clients, and an eBPF file system
 * for the pins. Service addresses (10.96.0.0/16, fd96::/64) are routed to the backends' namespace,
 * where nobody listens on them: what isn't load balanced is refused. Closing it ends every process
 * and removes all of it.
 */
final class Scene implements AutoCloseable {
  static final String SERVER_V4 = "10.55.0.11";
  static final String SERVER_V6 = "fd55::11";

  private final String clients;
  private final String servers;
  private final Path cgroup;
  private final TestBpfFileSystem bpf;
  private final Deque<Child> children = new ArrayDeque<>();

  private Scene(String name, TestBpfFileSystem bpf) throws IOException {
    String full = "slt-lbtests-" + name + "-" + ProcessHandle.current().pid();
    this.clients = full + "-c";
    this.servers = full + "-s";
    this.cgroup = CgroupFolder.root().resolve(full);
    this.bpf = bpf;
  }

  static Scene open(String name) throws IOException {
    Scene scene = new Scene(name, TestBpfFileSystem.mount());
    try {
      scene.build();
      return scene;
    } catch (IOException e) {
      scene.close();
      throw e;
    }
  }

  private void build() throws IOException {
    Files.createDirectory(cgroup);
    Command.of("sh", "-e", "-c", SCRIPT, "build", clients, servers).runOrThrow();
  }

  private static final String SCRIPT =
      """
      ip netns add $1
      ip netns add $2
      ip -n $1 link add e0 type veth peer name e0 netns $2
      for ns in $1 $2; do ip -n $ns link set lo up; done
      ip -n $1 address add 10.55.0.1/24 dev e0
      ip -n $1 address add fd55::1/64 dev e0 nodad
      ip -n $2 address add 10.55.0.11/24 dev e0
      ip -n $2 address add fd55::11/64 dev e0 nodad
      for ns in $1 $2; do ip -n $ns link set e0 up; done
      ip -n $1 route add 10.96.0.0/16 via 10.55.0.11
      ip -n $1 route add fd96::/64 via fd55::11
      ip -n $2 route add local 10.96.0.0/16 dev lo
      ip -n $2 route add local fd96::/64 dev lo
      nsenter --net=/run/netns/$2 sh -c \
        'echo 1539 > /proc/sys/net/ipv4/tcp_fastopen; echo 0 > /proc/sys/net/ipv4/icmp_ratelimit;
         echo 0 > /proc/sys/net/ipv6/icmp/ratelimit'
      nsenter --net=/run/netns/$1 sh -c \
        'echo "1024 65000" > /proc/sys/net/ipv4/ip_local_port_range; echo 1 > /proc/sys/net/ipv4/tcp_tw_reuse;
         echo 5 > /proc/sys/net/ipv4/tcp_fastopen'
      """;

  /** A new link is silent for a moment; a refused connection shows that it isn't any more. */
  private static final String FIRST_PACKETS =
      """
      import socket
      for host in ("10.55.0.11", "fd55::11"):
          for attempt in range(100):
              try:
                  socket.create_connection((host, 1), 0.2)
              except ConnectionRefusedError:
                  break
              except OSError:
                  pass
      """;

  /** Where pins are. */
  Path bpfFileSystem() {
    return bpf.path();
  }

  /** That of the clients. */
  Path cgroup() {
    return cgroup;
  }

  /** The file of the clients' network namespace. */
  Path clientNamespace() {
    return Path.of("/run/netns", clients);
  }

  /** The file of the backends' network namespace. */
  Path serverNamespace() {
    return Path.of("/run/netns", servers);
  }

  /** Brings {@code sets} into force for the whole cgroup; the clients' namespace is the host's. */
  void apply(Collection<BackendSet> sets) throws IOException {
    apply(sets, Scope.ALL, clientNamespace());
  }

  void apply(Collection<BackendSet> sets, Scope scope, Path host) throws IOException {
    HostNamespace namespace = HostNamespace.of(host.toString());
    LoadBalancer.apply(
        bpf.path(),
        cgroup,
        new LoadBalancer.Change(sets, scope, namespace.cookie(), namespace.addresses()));
  }

  /** One of the load balancer's maps; the caller closes it. */
  BpfMap openMap(String name) throws IOException {
    return InstalledFeature.all(bpf.path()).getFirst().openMap(name);
  }

  /** Starts backends, each {@code tcp|udp|dns:ADDRESS:PORT:NAME}, and waits until they listen. */
  void backends(Collection<String> addresses) throws IOException {
    List<String> words = new ArrayList<>(List.of("python3", "-u", resource("backends.py")));
    words.addAll(addresses);
    Child child = Child.start(Command.of(words.toArray(String[]::new)), serverNamespace(), "");
    children.push(child);
    child.expectLine("ready");
    python(FIRST_PACKETS);
  }

  /** Runs a program as a client, in the cgroup, and expects success. */
  String client(String input, String... words) throws IOException {
    return inside(clientNamespace(), cgroup, words)
        .withInput(input)
        .withTimeout(Duration.ofSeconds(90))
        .runOrThrow();
  }

  /** Runs a text in Python with the words of client.py, and gives what it printed. */
  static String client(Path namespace, Path folder, String text) throws IOException {
    return inside(namespace, folder, "python3", resource("client.py"), text).runOrThrow().strip();
  }

  /** Runs a text in Python as a client. */
  String python(String text) throws IOException {
    return client(clientNamespace(), cgroup, text);
  }

  /** Starts a Python program beside this class as a client; to be talked to line by line. */
  Child startClient(String program, String... words) throws IOException {
    List<String> all = new ArrayList<>(List.of("python3", "-u", resource(program)));
    all.addAll(Arrays.asList(words));
    Child child =
        Child.start(
            Command.of(all.toArray(String[]::new)),
            clientNamespace(),
            cgroup.resolve("cgroup.procs").toString());
    children.push(child);
    return child;
  }

  private static Command inside(Path namespace, Path folder, String... words) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "sh", "-c", "echo $$ > \"$0\"; exec \"$@\"", folder.resolve("cgroup.procs") + ""));
    all.addAll(Arrays.asList(words));
    return Command.of(all.toArray(String[]::new)).inNetworkNamespace(namespace);
  }

  /** The path of a file beside this class. */
  static String resource(String name) {
    return Path.of(Scene.class.getResource(name).getPath()).toString();
  }

  @Override
  public void close() throws IOException {
    while (!children.isEmpty()) {
      children.pop().close();
    }
    for (String name : List.of(clients, servers)) {
      if (Files.exists(Path.of("/run/netns", name))) {
        Command.of("ip", "netns", "delete", name).runOrThrow();
      }
    }
    bpf.close();
    Files.deleteIfExists(cgroup);
  }
}
