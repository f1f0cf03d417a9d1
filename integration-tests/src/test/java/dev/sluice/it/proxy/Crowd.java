// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.lab.topology.Family;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Many connections that are open at the same time, to a server that echoes. */
final class Crowd implements AutoCloseable {
  private final List<Wire> clients = new ArrayList<>();
  private final ExecutorService echoes = Executors.newVirtualThreadPerTaskExecutor();

  private Crowd() {}

  /** Makes one connection of the crowd. */
  @FunctionalInterface
  interface Dialler {
    Wire connect(Family family) throws Exception;
  }

  static Crowd connect(int count, Dialler dialler, ServerSocketChannel server, Family family)
      throws Exception {
    Crowd crowd = new Crowd();
    for (int i = 0; i < count; i++) {
      crowd.clients.add(dialler.connect(family));
      SocketChannel accepted = server.accept();
      var _ = crowd.echoes.submit(() -> echo(accepted));
    }
    return crowd;
  }

  private static long echo(SocketChannel channel) throws IOException {
    long bytes = 0;
    try (channel) {
      ByteBuffer buffer = ByteBuffer.allocate(1024);
      while (channel.read(buffer.clear()) >= 0) {
        bytes += buffer.flip().remaining();
        while (buffer.hasRemaining()) {
          channel.write(buffer);
        }
      }
    }
    return bytes;
  }

  List<Wire> clients() {
    return clients;
  }

  /** Every client sends bytes of its own and gets them back, all before the first is closed. */
  void echoOnEach() throws IOException {
    for (int i = 0; i < clients.size(); i++) {
      clients.get(i).send(bytes(i));
    }
    for (int i = 0; i < clients.size(); i++) {
      assertThat(clients.get(i).receive(4)).isEqualTo(bytes(i));
    }
  }

  private static byte[] bytes(int number) {
    return ByteBuffer.allocate(4).putInt(number).array();
  }

  @Override
  public void close() throws IOException {
    for (Wire client : clients) {
      client.close();
    }
    echoes.close();
  }
}
