// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.linux.socket.AddressFamily;
import dev.sluice.telemetry.Logfmt;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A pod whose servers read slower than its clients write, beside one that behaves. */
class NodeMemoryIT {
  private static final int NOISE = 24;
  private static final int FIRST_BYTES = 4 << 20;
  private static final int QUIET_BYTES = 32 << 20;

  /** The pipe of 256 KiB is two descriptors; 1 MiB is four of them. */
  @ParameterizedTest
  @CsvSource({"INET, 1Mi, 8", "INET6, 1Mi, 8", "INET, 0, 0"})
  void keepsANoisyPodToItsShareAndServesTheOthersAsBefore(
      AddressFamily family, String most, int pipeDescriptors) throws Exception {
    List<SocketChannel> open = new ArrayList<>();
    try (NodeWorld world = NodeWorld.with(2);
        NodeProcess node =
            NodeProcess.start(
                world,
                "--pod",
                world.choice(),
                "--pod-memory",
                most,
                "--event-loops",
                "1",
                "--drain-time",
                "0s");
        ServerSocketChannel server = world.inside(() -> listen(family))) {
      node.awaitPods(world, 1, 2);
      long others = pipes(node);
      int port = ((InetSocketAddress) server.getLocalAddress()).getPort();
      for (int i = 0; i < NOISE; i++) {
        fill(open, server, client(world, 1, family, port));
      }
      assertThat(pipes(node) - others).as("as many as it may have").isEqualTo(pipeDescriptors);

      SocketChannel quiet = client(world, 2, family, port);
      open.add(quiet);
      SocketChannel reader = server.accept();
      open.add(reader);
      Thread writer = Thread.ofVirtual().start(() -> write(quiet, QUIET_BYTES));
      read(reader, QUIET_BYTES);
      writer.join();
      quiet.close();
      reader.close();
      Map<String, String> record =
          await().until(() -> node.records("outbound"), lines -> !lines.isEmpty()).getFirst();
      assertThat(record).containsEntry("bytes_received", Integer.toString(QUIET_BYTES));
      // What the noisy one couldn't have held comes all the same, when it is read.
      for (int i = 1; i < 2 * NOISE; i += 2) {
        assertThat(open.get(i).read(ByteBuffer.allocate(1 << 20))).isPositive();
      }
      assertThat(node.end("TERM")).isZero();
      long spliced = spliced(node.awaitLine("pod " + world.uid(2) + ": released"));
      assertThat(spliced)
          .as("the quiet pod has its pipe")
          .isBetween(pipeDescriptors == 0 ? 0L : QUIET_BYTES / 4, (long) QUIET_BYTES);
    } finally {
      for (SocketChannel channel : open) {
        channel.close();
      }
    }
  }

  private static ServerSocketChannel listen(AddressFamily family) throws IOException {
    ServerSocketChannel channel = ServerSocketChannel.open(EchoServer.protocol(family));
    channel.setOption(StandardSocketOptions.SO_RCVBUF, 128 * 1024);
    return channel.bind(
        new InetSocketAddress(family == AddressFamily.INET ? "0.0.0.0" : "::", 0), 64);
  }

  private static SocketChannel client(NodeWorld world, int pod, AddressFamily family, int port)
      throws Exception {
    SocketChannel channel =
        world.inside(pod, () -> SocketChannel.open(EchoServer.protocol(family)));
    channel.setOption(StandardSocketOptions.SO_SNDBUF, 128 * 1024);
    channel.connect(world.gateway(pod, family, port));
    return channel;
  }

  /** Moves enough for the connection to be worth a pipe, and then as much as finds room. */
  private static void fill(List<SocketChannel> open, ServerSocketChannel server, SocketChannel from)
      throws Exception {
    open.add(from);
    SocketChannel to = server.accept();
    open.add(to);
    Thread writer = Thread.ofVirtual().start(() -> write(from, FIRST_BYTES));
    read(to, FIRST_BYTES);
    writer.join();
    from.configureBlocking(false);
    ByteBuffer rest = ByteBuffer.allocate(1 << 20);
    for (int quiet = 0; quiet < 5; Thread.sleep(5)) {
      quiet = from.write(rest.clear()) == 0 ? quiet + 1 : 0;
    }
  }

  private static void write(SocketChannel to, int count) {
    ByteBuffer left = ByteBuffer.allocate(count);
    try {
      while (left.hasRemaining()) {
        to.write(left);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void read(SocketChannel from, int count) throws IOException {
    ByteBuffer left = ByteBuffer.allocate(count);
    while (left.hasRemaining()) {
      assertThat(from.read(left)).isPositive();
    }
  }

  private static long spliced(String line) {
    return Long.parseLong(Logfmt.parse(line).getOrDefault("bytes_spliced", "0"));
  }

  private static long pipes(NodeProcess node) throws IOException {
    return node.links().stream().filter(link -> link.startsWith("pipe:")).count();
  }
}
