// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench;

import dev.sluice.linux.netns.NamespaceThread;
import dev.sluice.linux.netns.NetworkNamespace;
import dev.sluice.process.Command;
import dev.sluice.process.CommandException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;

/**
 * A network namespace of this process, in which port {@link #DIALLED} of the loopback addresses is
 * redirected to {@link #LISTENING}. Needs root, iproute2 and iptables. Whoever makes it closes it;
 * what a killed benchmark left is removed by the next one.
 */
final class BenchNamespace implements AutoCloseable {
  /** Where clients connect to. */
  static final int DIALLED = 8080;

  /** Where the rule sends them. */
  static final int LISTENING = 15_001;

  private static final String PREFIX = "sluice-bench-";
  private static final Path NAMES = Path.of("/run/netns");

  private final String name;
  private final NetworkNamespace namespace;
  private final Thread remover;

  private BenchNamespace(String name, NetworkNamespace namespace) {
    this.name = name;
    this.namespace = namespace;
    this.remover = new Thread(() -> remove(name), "bench-remover");
  }

  static BenchNamespace create() throws IOException {
    removeThoseOfTheDead();
    String name = PREFIX + ProcessHandle.current().pid();
    Command.of("ip", "netns", "add", name).runOrThrow();
    try {
      Path path = NAMES.resolve(name);
      Command.of("ip", "link", "set", "lo", "up").inNetworkNamespace(path).runOrThrow();
      for (String iptables : List.of("iptables", "ip6tables")) {
        redirect(iptables).inNetworkNamespace(path).runOrThrow();
      }
      BenchNamespace made = new BenchNamespace(name, NetworkNamespace.open(path));
      Runtime.getRuntime().addShutdownHook(made.remover);
      return made;
    } catch (IOException | RuntimeException e) {
      remove(name);
      throw e;
    }
  }

  private static Command redirect(String iptables) {
    return Command.of(
        iptables,
        "-w",
        "-t",
        "nat",
        "-A",
        "OUTPUT",
        "-p",
        "tcp",
        "--dport",
        DIALLED + "",
        "-j",
        "REDIRECT",
        "--to-ports",
        LISTENING + "");
  }

  /** Runs {@code body} inside; the sockets that it opens stay there. */
  <T> T call(Callable<T> body) throws Exception {
    return NamespaceThread.call(namespace, body);
  }

  @Override
  public void close() throws IOException {
    namespace.close();
    remove(name);
    Runtime.getRuntime().removeShutdownHook(remover);
  }

  private static void removeThoseOfTheDead() throws IOException {
    if (!Files.isDirectory(NAMES)) {
      return;
    }
    try (Stream<Path> names = Files.list(NAMES)) {
      names
          .map(path -> path.getFileName().toString())
          .filter(name -> name.matches(PREFIX + "[0-9]{1,9}"))
          .filter(name -> !isAlive(name))
          .forEach(BenchNamespace::remove);
    }
  }

  private static boolean isAlive(String name) {
    return ProcessHandle.of(Long.parseLong(name.substring(PREFIX.length()))).isPresent();
  }

  private static void remove(String name) {
    try {
      Command.of("ip", "netns", "delete", name).runOrThrow();
    } catch (CommandException e) {
      System.err.println("bench: removing namespace " + name + ": " + e.getMessage());
    }
  }
}
