// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench;

import dev.sluice.linux.netns.NamespaceThread;
import dev.sluice.linux.netns.NetworkNamespace;
import dev.sluice.process.Command;
import dev.sluice.process.CommandException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A network namespace of this process, in which connections to port {@link #DIALLED} may be led to
 * {@link #LISTENING}. Needs root, iproute2 and iptables. Whoever makes it closes it; what a killed
 * benchmark left is removed by the next one.
 */
public final class BenchNamespace implements Closeable {
  /** Where clients connect to. */
  static final int DIALLED = 8080;

  /** Where the rule sends them. */
  static final int LISTENING = 15_001;

  /** Whose connections {@link #sidecars} leaves alone. */
  public static final int PROXY_USER = 1337;

  private static final String PREFIX = "sluice-bench-";
  private static final Path NAMES = Path.of("/run/netns");

  private final String name;
  private final NetworkNamespace namespace;
  private @Nullable Thread remover;

  private BenchNamespace(String name, NetworkNamespace namespace) {
    this.name = name;
    this.namespace = namespace;
  }

  /** Without any rule. */
  static BenchNamespace plain() throws IOException {
    return create("plain", List.of());
  }

  /** Without any rule, one of several of this run: {@code kind} tells them apart. */
  public static BenchNamespace named(String kind) throws IOException {
    return create(kind, List.of());
  }

  /** With a rule for each family that redirects before the packet leaves, as a sidecar's do. */
  static BenchNamespace redirecting() throws IOException {
    String rule =
        " -w -t nat -A OUTPUT -p tcp --dport " + DIALLED + " -j REDIRECT --to-ports " + LISTENING;
    return create("redirect", List.of("iptables" + rule, "ip6tables" + rule));
  }

  /**
   * With a rule for each of {@code count} proxies of user {@link #PROXY_USER}: what others dial at
   * {@link #DIALLED} and the ports after it goes to {@link #LISTENING} and each second port after
   * it.
   */
  static BenchNamespace sidecars(int count) throws IOException {
    List<String> rules = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      rules.add(
          "iptables -w -t nat -A OUTPUT -p tcp --dport %d -m owner ! --uid-owner %d -j REDIRECT --to-ports %d"
              .formatted(DIALLED + i, PROXY_USER, LISTENING + 2 * i));
    }
    return create("sidecars", rules);
  }

  /** With a rule for IPv4 that hands arriving packets to a transparent listener. */
  static BenchNamespace transparent() throws IOException {
    return create(
        "tproxy",
        List.of(
            "ip rule add fwmark 1 lookup 100",
            "ip route add local default dev lo table 100",
            "iptables -w -t mangle -A PREROUTING -p tcp --dport "
                + DIALLED
                + " -j TPROXY --tproxy-mark 1 --on-ip 127.0.0.1 --on-port "
                + LISTENING));
  }

  private static BenchNamespace create(String kind, List<String> commands) throws IOException {
    removeThoseOfTheDead();
    String name = PREFIX + ProcessHandle.current().pid() + "-" + kind;
    Command.of("ip", "netns", "add", name).runOrThrow();
    try {
      Path path = NAMES.resolve(name);
      Command.of("ip", "link", "set", "lo", "up").inNetworkNamespace(path).runOrThrow();
      for (String command : commands) {
        Command.of(command.split(" ", -1)).inNetworkNamespace(path).runOrThrow();
      }
      return new BenchNamespace(name, NetworkNamespace.open(path));
    } catch (IOException | RuntimeException e) {
      remove(name);
      throw e;
    }
  }

  /** Has it removed when a signal ends the process, for owners that a signal does not ask first. */
  BenchNamespace removedAtExit() {
    remover = new Thread(() -> remove(name), "bench-remover");
    Runtime.getRuntime().addShutdownHook(remover);
    return this;
  }

  /** Where {@code ip netns} names it. */
  public Path path() {
    return NAMES.resolve(name);
  }

  /** Runs {@code body} inside; the sockets that it opens stay there. */
  public <T> T call(Callable<T> body) throws Exception {
    return NamespaceThread.call(namespace, body);
  }

  @Override
  public void close() throws IOException {
    namespace.close();
    remove(name);
    if (remover != null) {
      Runtime.getRuntime().removeShutdownHook(remover);
    }
  }

  private static void removeThoseOfTheDead() throws IOException {
    if (!Files.isDirectory(NAMES)) {
      return;
    }
    try (Stream<Path> names = Files.list(NAMES)) {
      names
          .map(path -> path.getFileName().toString())
          .filter(name -> name.matches(PREFIX + "[0-9]{1,9}-.*"))
          .filter(name -> !isAlive(name))
          .forEach(BenchNamespace::remove);
    }
  }

  private static boolean isAlive(String name) {
    String pid = name.substring(PREFIX.length(), name.indexOf('-', PREFIX.length()));
    return ProcessHandle.of(Long.parseLong(pid)).isPresent();
  }

  private static void remove(String name) {
    try {
      Command.of("ip", "netns", "delete", name).runOrThrow();
    } catch (CommandException e) {
      System.err.println("bench: removing namespace " + name + ": " + e.getMessage());
    }
  }
}
