// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.rules;

import dev.sluice.linux.netns.NamespaceThread;
import dev.sluice.linux.netns.NetworkNamespace;
import dev.sluice.process.Command;
import dev.sluice.process.CommandException;
import dev.sluice.rules.CommandRunner;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;

/**
 * Two namespaces with a wire between them. In both, something listens on port 8080: in the pod it
 * stands for the application, in the peer for a server. Gone when closed.
 */
final class PodAndPeer implements AutoCloseable {
  private static final int PORT = 8080;

  /** Far more than a handshake takes between two namespaces. */
  private static final Duration PATIENCE = Duration.ofMillis(100);

  private static final Duration PAUSE = Duration.ofMillis(1);

  private final ThrowawayNamespace pod = ThrowawayNamespace.open();
  private final ThrowawayNamespace peer = ThrowawayNamespace.open();
  private final ServerSocketChannel application;
  private final ServerSocketChannel server;

  PodAndPeer() throws Exception {
    pod.run(
        "ip", "link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", peer.name());
    address(pod, 2);
    address(peer, 1);
    application = in(pod, PodAndPeer::listen);
    server = in(peer, PodAndPeer::listen);
  }

  /** Who dials whom, by which family. */
  enum Way {
    OUT_IPV4(true, "10.77.0.1"),
    OUT_IPV6(true, "fd77::1"),
    IN_IPV4(false, "10.77.0.2"),
    IN_IPV6(false, "fd77::2");

    private final boolean fromPod;
    private final String destination;

    Way(boolean fromPod, String destination) {
      this.fromPod = fromPod;
      this.destination = destination;
    }

    boolean leaves() {
      return fromPod;
    }

    InetSocketAddress destination() {
      return new InetSocketAddress(destination, PORT);
    }
  }

  CommandRunner runner() {
    return pod.runner();
  }

  /** Where connections that leave the pod end unless something captures them. Doesn't block. */
  ServerSocketChannel server() {
    return server;
  }

  /** Runs it in the pod, on a thread of its own, and waits for its end. */
  <T> T inPod(Callable<T> body) throws Exception {
    return in(pod, body);
  }

  /** Its output is thrown away; to be ended by the caller. */
  Process startInPod(String... words) throws IOException {
    return new ProcessBuilder(Command.of(words).inNetworkNamespace(pod.path()).words())
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  void runInPod(String... words) throws CommandException {
    pod.run(words);
  }

  boolean listensInPod(int port) throws CommandException {
    return !pod.run("ss", "-Hltn", "sport = :" + port).isBlank();
  }

  /** The ways on which a connection reaches its destination as if there were no rules. */
  List<Way> open() throws Exception {
    return List.copyOf(List.of(Way.values()).stream().filter(this::isOpen).toList());
  }

  private boolean isOpen(Way way) {
    try {
      return in(way.leaves() ? pod : peer, () -> connects(way));
    } catch (Exception e) {
      throw new AssertionError("dialling " + way, e);
    }
  }

  private static boolean connects(Way way) throws IOException {
    try (SocketChannel socket = SocketChannel.open()) {
      socket.configureBlocking(false);
      boolean connected = socket.connect(way.destination());
      long deadline = System.nanoTime() + PATIENCE.toNanos();
      while (!connected && System.nanoTime() - deadline < 0) {
        LockSupport.parkNanos(PAUSE.toNanos());
        connected = socket.finishConnect();
      }
      return connected;
    } catch (ConnectException e) {
      return false;
    }
  }

  private static ServerSocketChannel listen() throws IOException {
    ServerSocketChannel channel = ServerSocketChannel.open();
    channel.configureBlocking(false);
    return channel.bind(new InetSocketAddress("::", PORT), 1024);
  }

  private static void address(ThrowawayNamespace where, int host) throws CommandException {
    where.run("ip", "link", "set", "eth0", "up");
    where.run("ip", "addr", "add", "10.77.0." + host + "/24", "dev", "eth0");
    where.run("ip", "-6", "addr", "add", "fd77::" + host + "/64", "dev", "eth0", "nodad");
    where.awaitDelivery("fd77::" + host + "/128");
  }

  private static <T> T in(ThrowawayNamespace where, Callable<T> body) throws Exception {
    try (NetworkNamespace namespace = NetworkNamespace.open(where.path())) {
      return NamespaceThread.call(namespace, body);
    }
  }

  @Override
  public void close() throws IOException {
    application.close();
    server.close();
    pod.close();
    peer.close();
  }
}
