// SPDX-License-Identifier: Apache-2.0
package dev.sluice.node;

import dev.sluice.linux.netlink.SocketDiagnostics;
import dev.sluice.linux.netlink.SocketEntry;
import dev.sluice.linux.netlink.SocketProtocol;
import dev.sluice.linux.netns.NamespaceThread;
import dev.sluice.linux.netns.NetworkNamespace;
import dev.sluice.linux.socket.AddressFamily;
import dev.sluice.linux.socket.TcpState;
import dev.sluice.rules.CommandRunner;
import dev.sluice.rules.Family;
import dev.sluice.rules.RuleOptions;
import dev.sluice.rules.RulePlanner;
import dev.sluice.rules.install.BackendChoice;
import dev.sluice.rules.install.InstalledRules;
import dev.sluice.rules.install.RuleInstaller;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * A pod with a sidecar that goes on without it when it is gone: the rules of {@code sluice init}
 * are taken away while nobody listens at its ports, and made again when somebody does. Confined to
 * one thread. Owns the namespace.
 */
final class SidecarPod implements AutoCloseable {
  /** A socket that is being replaced may be missing once. */
  private static final int TIMES_MISSING = 2;

  private final PodName name;
  private final NetworkNamespace namespace;
  private final SocketDiagnostics sockets;
  private final CommandRunner runner;
  private final Consumer<String> says;
  private final int usualPort;
  private State state = new State.Unknown();
  private int missing;

  private SidecarPod(
      PodName name,
      NetworkNamespace namespace,
      SocketDiagnostics sockets,
      int usualPort,
      Consumer<String> says) {
    this.name = name;
    this.namespace = namespace;
    this.sockets = sockets;
    this.runner = PodRules.runner(namespace);
    this.usualPort = usualPort;
    this.says = says;
  }

  /** How it stands. */
  private sealed interface State {
    /** Its sidecar was never seen: it may be about to start. */
    record Unknown() implements State {}

    /** The sidecar listens, behind these rules. */
    record Captured(Rules rules) implements State {}

    /** It doesn't, and these rules are away. */
    record Open(Rules rules) implements State {}

    /** Its rules can't be made again, so they stay. */
    record Closed() implements State {}
  }

  private record Rules(BackendChoice backend, RuleOptions options, List<Family> families) {
    Set<Integer> ports() {
      return Set.of(options.ports().outbound(), options.ports().inbound());
    }
  }

  /**
   * Looks at nothing yet. Takes {@code namespace} over.
   *
   * @param usualPort where a sidecar listens at least
   */
  static SidecarPod open(
      PodName name, NetworkNamespace namespace, int usualPort, Consumer<String> says)
      throws IOException {
    try {
      SocketDiagnostics sockets = NamespaceThread.call(namespace, SocketDiagnostics::open);
      return new SidecarPod(name, namespace, sockets, usualPort, says);
    } catch (IOException | RuntimeException e) {
      namespace.close();
      throw e;
    } catch (Exception e) {
      namespace.close();
      throw new IOException("entering " + namespace + ": " + e.getMessage(), e);
    }
  }

  long inode() {
    return namespace.inode();
  }

  /**
   * Looks, and does what has to be done.
   *
   * @throws IOException if it can't; it is as it was
   */
  void look() throws IOException {
    Set<Integer> listening = listening();
    switch (state) {
      case State.Unknown _ -> {
        if (listening.contains(usualPort)) {
          meet();
        }
      }
      case State.Captured(Rules rules) -> {
        missing = listening.containsAll(rules.ports()) ? 0 : missing + 1;
        if (missing >= TIMES_MISSING) {
          open();
        }
      }
      case State.Open(Rules rules) -> {
        if (listening.containsAll(rules.ports())) {
          close(rules);
          says.accept("pod " + name + ": its sidecar listens again; its rules are back");
        }
      }
      case State.Closed _ -> {}
    }
  }

  /** With the rules of now: they may have been made anew since the sidecar was seen first. */
  private void open() throws IOException {
    if (InstalledRules.find(runner).isEmpty()) {
      // Somebody has removed them, and wants them away.
      state = new State.Unknown();
      return;
    }
    Optional<Rules> now = rules();
    if (now.isPresent()) {
      new RuleInstaller(runner).cleanUp();
      state = new State.Open(now.get());
      says.accept("pod " + name + ": nobody listens at its sidecar's ports; its rules are away");
    } else {
      leaveClosed();
    }
  }

  private void meet() throws IOException {
    List<InstalledRules> found = InstalledRules.find(runner);
    if (found.isEmpty()) {
      return;
    }
    Optional<Rules> rules = rules();
    if (rules.isPresent()) {
      state = new State.Captured(rules.get());
      says.accept("pod " + name + ": it goes on without its sidecar if that ends");
    } else {
      leaveClosed();
    }
  }

  private void leaveClosed() {
    state = new State.Closed();
    says.accept(
        "pod "
            + name
            + ": its rules can't be read back, so they stay, and it fails closed; expected those"
            + " of 'sluice init' by REDIRECT or TPROXY, without DNS");
  }

  private Optional<Rules> rules() throws IOException {
    List<InstalledRules> found = InstalledRules.find(runner);
    if (found.size() != 1) {
      return Optional.empty();
    }
    InstalledRules installed = found.getFirst();
    return installed
        .options(runner)
        .map(options -> new Rules(installed.choice(), options, installed.families()));
  }

  private void close(Rules rules) throws IOException {
    new RuleInstaller(rules.backend(), runner)
        .apply(RulePlanner.plan(rules.options(), rules.families()));
    missing = 0;
    state = new State.Captured(rules);
  }

  private Set<Integer> listening() throws IOException {
    Set<Integer> ports = new HashSet<>();
    for (AddressFamily family : AddressFamily.values()) {
      for (SocketEntry socket : sockets.list(SocketProtocol.TCP, family)) {
        if (socket.state() == TcpState.LISTEN) {
          ports.add(socket.id().local().getPort());
        }
      }
    }
    return ports;
  }

  /** Puts rules back that are away: nobody would any more when the sidecar comes back. */
  void restore() throws IOException {
    if (state instanceof State.Open(Rules rules)) {
      close(rules);
      says.accept("pod " + name + ": nobody watches its sidecar any more; its rules are back");
    }
  }

  @Override
  public void close() throws IOException {
    try (namespace) {
      sockets.close();
    }
  }
}
