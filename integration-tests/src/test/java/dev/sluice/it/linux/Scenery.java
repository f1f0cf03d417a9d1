// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.linux;

import dev.sluice.linux.netns.NamespaceThread;
import dev.sluice.linux.netns.NetworkNamespace;
import dev.sluice.process.Command;
import dev.sluice.process.CommandException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One network namespace with loopback up and a service address of each family on it, removed on
 * close. Enter it by hand with {@code ip netns exec slt-native-PID-N}. Thread-safe.
 */
final class Scenery implements AutoCloseable {
  static final String SERVICE_V4 = "10.9.9.1";
  static final String SERVICE_V6 = "2001:db8:9::1";

  private static final long PATIENCE_NANOS = 10_000_000_000L;
  private static final AtomicInteger COUNT = new AtomicInteger();

  private final String name;
  private final Path path;
  private final NetworkNamespace namespace;

  private Scenery(String name, Path path, NetworkNamespace namespace) {
    this.name = name;
    this.path = path;
    this.namespace = namespace;
  }

  static Scenery open() throws IOException {
    String name = "slt-native-" + ProcessHandle.current().pid() + "-" + COUNT.incrementAndGet();
    Path path = Path.of("/run/netns", name);
    Command.of("ip", "netns", "add", name).runOrThrow();
    try {
      Scenery scenery = new Scenery(name, path, NetworkNamespace.open(path));
      scenery.run("ip", "link", "set", "lo", "up");
      scenery.run("ip", "address", "add", SERVICE_V4 + "/32", "dev", "lo");
      scenery.run("ip", "address", "add", SERVICE_V6 + "/128", "dev", "lo", "nodad");
      scenery.awaitLocalRoute();
      return scenery;
    } catch (IOException e) {
      Command.of("ip", "netns", "delete", name).runOrThrow();
      throw e;
    }
  }

  NetworkNamespace namespace() {
    return namespace;
  }

  /** Runs a program inside and expects success. */
  String run(String... command) throws CommandException {
    return Command.of(command).inNetworkNamespace(path).runOrThrow();
  }

  /** Runs code inside, on a thread of its own. */
  <T> T call(Callable<T> body) throws Exception {
    return NamespaceThread.call(namespace, body);
  }

  /**
   * The local route of a new IPv6 address shows a moment after the address does, nodad or not. A
   * connection made in between dies of ENETUNREACH (seen on Linux 6.18).
   */
  private void awaitLocalRoute() throws CommandException {
    long deadline = System.nanoTime() + PATIENCE_NANOS;
    while (!run("ip", "-6", "route", "show", "table", "local").contains("local " + SERVICE_V6)) {
      if (System.nanoTime() - deadline > 0) {
        throw new IllegalStateException(
            "waiting for the local route to " + SERVICE_V6 + " in " + name + ": not within 10 s");
      }
    }
  }

  @Override
  public void close() throws IOException {
    namespace.close();
    Command.of("ip", "netns", "delete", name).runOrThrow();
  }
}
