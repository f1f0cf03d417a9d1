// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.rules.behaviour;

import dev.sluice.linux.netns.NetworkNamespace;
import dev.sluice.process.Command;
import dev.sluice.process.CommandException;
import dev.sluice.rules.CommandRunner;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;

/** A network namespace with lo up; gone when closed. */
final class Namespace implements AutoCloseable {
  private static final AtomicInteger NUMBER = new AtomicInteger();

  private final String name;
  private final NetworkNamespace handle;

  private Namespace(String name, NetworkNamespace handle) {
    this.name = name;
    this.handle = handle;
  }

  /** To look inside: {@code nsenter --net=/run/netns/NAME}. */
  static Namespace open(String role) throws IOException {
    String name =
        "slt-behave-" + role + "-" + ProcessHandle.current().pid() + "-" + NUMBER.incrementAndGet();
    Command.of("ip", "netns", "add", name).runOrThrow();
    Namespace namespace = new Namespace(name, NetworkNamespace.open(Path.of("/run/netns", name)));
    namespace.ip("link set lo up");
    return namespace;
  }

  String name() {
    return name;
  }

  NetworkNamespace handle() {
    return handle;
  }

  CommandRunner runner() {
    return command -> command.inNetworkNamespace(Path.of("/run/netns", name)).run();
  }

  /** Lines for ip(8). */
  void ip(String batch) throws CommandException {
    Command.of("ip", "-netns", name, "-batch", "-").withInput(batch).runOrThrow();
  }

  String run(Command command) throws CommandException {
    return command.inNetworkNamespace(Path.of("/run/netns", name)).runOrThrow();
  }

  @Override
  public void close() throws IOException {
    handle.close();
    Command.of("ip", "netns", "del", name).runOrThrow();
  }
}
