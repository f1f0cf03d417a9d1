// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.node;

import static org.awaitility.Awaitility.await;

import dev.sluice.linux.netns.NamespaceThread;
import dev.sluice.linux.netns.NetworkNamespace;
import dev.sluice.linux.socket.AddressFamily;
import dev.sluice.process.Command;
import dev.sluice.process.CommandException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * The network namespace of a node and those of pods, each with a link to it, in both families. All
 * of it is gone when closed.
 */
final class NodeWorld implements AutoCloseable {
  private static final AtomicInteger NUMBER = new AtomicInteger();

  private final String name =
      "slt-node-" + ProcessHandle.current().pid() + "-" + NUMBER.incrementAndGet();
  private final Set<Integer> pods = new TreeSet<>();

  private NodeWorld() {}

  /** A node with {@code count} pods, 1 and so on. */
  static NodeWorld with(int count) throws IOException {
    // The JDK's first channel makes a socket that it keeps for good: not in a pod, which it would
    // keep alive.
    SocketChannel.open().close();
    ServerSocketChannel.open().close();
    NodeWorld world = new NodeWorld();
    Command.of("ip", "netns", "add", world.name).runOrThrow();
    try {
      world.in("ip", "link", "set", "lo", "up");
      world.in("sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1");
      for (int pod = 1; pod <= count; pod++) {
        world.add(pod);
      }
      return world;
    } catch (IOException e) {
      world.close();
      throw e;
    }
  }

  /** Makes a pod with its link. */
  void add(int pod) throws CommandException {
    batch(
        "netns add " + podName(pod),
        "link add name eth0 netns %s type veth peer name pod%d netns %s"
            .formatted(podName(pod), pod, name));
    pods.add(pod);
    batchIn(
        name,
        "link set pod" + pod + " addrgenmode none",
        "link set pod" + pod + " up",
        "addr add fe80::1/64 dev pod" + pod + " nodad",
        "addr add 10.88.%d.1/24 dev pod%d".formatted(pod, pod),
        "addr add fd00:88:%d::1/64 dev pod%d nodad".formatted(pod, pod));
    batchIn(
        podName(pod),
        "link set lo up",
        "link set eth0 addrgenmode none",
        "link set eth0 up",
        "addr add fe80::2/64 dev eth0 nodad",
        "addr add 10.88.%d.2/24 dev eth0".formatted(pod),
        "addr add fd00:88:%d::2/64 dev eth0 nodad".formatted(pod),
        "route add default via 10.88.%d.1".formatted(pod),
        "route add default via fd00:88:%d::1".formatted(pod));
    // The kernel adds an IPv6 address's route later, from a work queue.
    await()
        .pollInterval(Duration.ofMillis(5))
        .until(
            () ->
                Command.of("ip", "-6", "route", "show", "table", "local")
                    .inNetworkNamespace(path(pod))
                    .runOrThrow()
                    .contains("local fd00:88"));
  }

  /** The rules that Istio's agent makes in a pod, as ambient mode documents them. */
  void ambientRules(int pod) throws CommandException {
    for (String program : new String[] {"iptables-restore", "ip6tables-restore"}) {
      boolean v4 = program.startsWith("iptables");
      String loopback = v4 ? "127.0.0.1/32" : "::1/128";
      String probe = v4 ? "169.254.7.127/32" : "fd16:9254:7127:1337:ffff:ffff:ffff:ffff/128";
      Command.of(program, "--noflush")
          .inNetworkNamespace(path(pod))
          .withInput(
              """
              *mangle
              :ISTIO_PRERT - [0:0]
              :ISTIO_OUTPUT - [0:0]
              -A PREROUTING -j ISTIO_PRERT
              -A OUTPUT -j ISTIO_OUTPUT
              -A ISTIO_PRERT -m mark --mark 0x539/0xfff -j CONNMARK --set-xmark 0x111/0xfff
              -A ISTIO_OUTPUT -m connmark --mark 0x111/0xfff -j CONNMARK --restore-mark
              COMMIT
              *nat
              :ISTIO_PRERT - [0:0]
              :ISTIO_OUTPUT - [0:0]
              -A PREROUTING -j ISTIO_PRERT
              -A OUTPUT -j ISTIO_OUTPUT
              -A ISTIO_PRERT -s %s -p tcp -j ACCEPT
              -A ISTIO_PRERT ! -d %s -p tcp ! --dport 15008 -m mark ! --mark 0x539/0xfff -j REDIRECT --to-ports 15006
              -A ISTIO_OUTPUT -d %s -p tcp -j ACCEPT
              -A ISTIO_OUTPUT -p tcp -m mark --mark 0x111/0xfff -j ACCEPT
              -A ISTIO_OUTPUT ! -d %s -o lo -j ACCEPT
              -A ISTIO_OUTPUT ! -d %s -p tcp -m mark ! --mark 0x539/0xfff -j REDIRECT --to-ports 15001
              COMMIT
              """
                  .formatted(probe, loopback, probe, loopback, loopback))
          .runOrThrow();
      String family = v4 ? "-4" : "-6";
      inPod(pod, "ip", family, "route", "add", "local", "default", "dev", "lo", "table", "100");
      inPod(
          pod,
          "ip",
          family,
          "rule",
          "add",
          "fwmark",
          "0x111/0xfff",
          "pref",
          "32764",
          "lookup",
          "100");
    }
  }

  /** Removes the name of a pod's namespace: it goes when nobody holds it any more. */
  void remove(int pod) throws CommandException {
    pods.remove(pod);
    Command.of("ip", "netns", "del", podName(pod)).runOrThrow();
  }

  /**
   * Waits until a namespace that was removed is no more: the other end of its link tells. The
   * kernel takes them apart one after the other, those of others on this machine too.
   */
  void awaitGone(int pod) {
    await()
        .alias("the namespace of pod " + pod + " goes away")
        .atMost(Duration.ofSeconds(30))
        .until(() -> !in("ip", "-br", "link").contains("pod" + pod + "@"));
  }

  /** What all pods of this world are found by. */
  String choice() {
    return "netns:" + name + "-pod*";
  }

  String uid(int pod) {
    return "netns:" + podName(pod);
  }

  String podName(int pod) {
    return name + "-pod" + pod;
  }

  Path path(int pod) {
    return Path.of("/run/netns", podName(pod));
  }

  Path path() {
    return Path.of("/run/netns", name);
  }

  InetSocketAddress address(int pod, AddressFamily family, int port) {
    return new InetSocketAddress(
        InetAddress.ofLiteral(
            family == AddressFamily.INET ? "10.88." + pod + ".2" : "fd00:88:" + pod + "::2"),
        port);
  }

  /** The node's address towards a pod. */
  InetSocketAddress gateway(int pod, AddressFamily family, int port) {
    return new InetSocketAddress(
        InetAddress.ofLiteral(
            family == AddressFamily.INET ? "10.88." + pod + ".1" : "fd00:88:" + pod + "::1"),
        port);
  }

  /** Runs a command in the node's namespace and expects success. */
  String in(String... words) throws CommandException {
    return Command.of(words).inNetworkNamespace(path()).runOrThrow();
  }

  /** Runs a command in a pod and expects success. */
  String inPod(int pod, String... words) throws CommandException {
    return Command.of(words).inNetworkNamespace(path(pod)).runOrThrow();
  }

  /** Runs code in the node's namespace. */
  <T> T inside(Callable<T> body) throws Exception {
    return inside(path(), body);
  }

  /** Runs code in a pod, which opens sockets there and starts no thread. */
  <T> T inside(int pod, Callable<T> body) throws Exception {
    return inside(path(pod), body);
  }

  private static <T> T inside(Path path, Callable<T> body) throws Exception {
    try (NetworkNamespace namespace = NetworkNamespace.open(path)) {
      return NamespaceThread.call(namespace, body);
    }
  }

  private static void batch(String... lines) throws CommandException {
    Command.of("ip", "-batch", "-").withInput(String.join("\n", lines) + "\n").runOrThrow();
  }

  private static void batchIn(String namespace, String... lines) throws CommandException {
    Command.of("ip", "-n", namespace, "-batch", "-")
        .withInput(String.join("\n", lines) + "\n")
        .runOrThrow();
  }

  /** Proxies that a test kills leave their sockets, where others of a namespace look for them. */
  private static void removeSockets(Path namespace) throws IOException {
    Path all = Path.of("/run/sluice");
    Path folder = all.resolve(String.valueOf(Files.getAttribute(namespace, "unix:ino")));
    if (Files.exists(folder)) {
      try (Stream<Path> files = Files.list(folder)) {
        for (Path file : files.toList()) {
          Files.delete(file);
        }
      }
      Files.delete(folder);
    }
    try (Stream<Path> others = Files.exists(all) ? Files.list(all) : Stream.of(all)) {
      if (others.findAny().isEmpty()) {
        Files.delete(all);
      }
    }
  }

  @Override
  public void close() throws IOException {
    for (int pod : Set.copyOf(pods)) {
      removeSockets(path(pod));
      remove(pod);
    }
    removeSockets(path());
    Command.of("ip", "netns", "del", name).runOrThrow();
  }
}
