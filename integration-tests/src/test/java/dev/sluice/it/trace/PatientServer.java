// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.trace;

import dev.sluice.it.proxy.Mesh;
import dev.sluice.lab.topology.Family;
import dev.sluice.lab.topology.Party;
import dev.sluice.net.AddressText;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Accepts in the server's pod, keeps whom it saw, and hangs up when its client does. */
final class PatientServer implements AutoCloseable {
  private final ServerSocketChannel listener;
  private final String address;
  private final BlockingQueue<String> peers = new LinkedBlockingQueue<>();

  PatientServer(Mesh mesh, Family family) throws Exception {
    listener = mesh.listen(Party.SERVER, family);
    address = Family.endpoint(Party.SERVER.address(family), listener.socket().getLocalPort());
    Thread.ofPlatform().daemon().name("patient-server").start(this::serve);
  }

  /** Where it is reached. */
  String address() {
    return address;
  }

  int port() {
    return listener.socket().getLocalPort();
  }

  /** The peer of its next connection, as accept(2) said. */
  String peer() throws InterruptedException {
    String peer = peers.poll(10, TimeUnit.SECONDS);
    if (peer == null) {
      throw new AssertionError("nobody connected to " + address);
    }
    return peer;
  }

  private void serve() {
    ByteBuffer buffer = ByteBuffer.allocate(1_000);
    while (listener.isOpen()) {
      try (SocketChannel accepted = listener.accept()) {
        peers.add(AddressText.of((InetSocketAddress) accepted.getRemoteAddress()));
        while (accepted.read(buffer.clear()) >= 0) {}
      } catch (IOException e) {
        // The test is over, or the client reset.
      }
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
  }
}
