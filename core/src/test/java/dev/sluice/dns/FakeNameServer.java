// SPDX-License-Identifier: Apache-2.0
package dev.sluice.dns;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;

/** A name server on loopback that answers what a test says, by UDP and TCP at one port. */
final class FakeNameServer implements AutoCloseable {
  private final DatagramSocket datagrams;
  private final ServerSocket streams;
  private final Function<byte[], List<byte[]>> replies;

  /** What it was asked, by UDP and by TCP. */
  final List<byte[]> byUdp = new CopyOnWriteArrayList<>();

  final List<byte[]> byTcp = new CopyOnWriteArrayList<>();

  private FakeNameServer(
      DatagramSocket datagrams, ServerSocket streams, Function<byte[], List<byte[]>> replies) {
    this.datagrams = datagrams;
    this.streams = streams;
    this.replies = replies;
  }

  static FakeNameServer start(InetAddress address, Function<byte[], List<byte[]>> replies)
      throws IOException {
    ServerSocket streams = new ServerSocket(0, 50, address);
    FakeNameServer server =
        new FakeNameServer(new DatagramSocket(streams.getLocalPort(), address), streams, replies);
    Thread.ofVirtual().start(server::serveDatagrams);
    Thread.ofVirtual().start(server::serveStreams);
    return server;
  }

  InetSocketAddress address() {
    return (InetSocketAddress) streams.getLocalSocketAddress();
  }

  private void serveDatagrams() {
    try {
      while (true) {
        DatagramPacket packet = new DatagramPacket(new byte[65_535], 65_535);
        datagrams.receive(packet);
        byte[] query = Arrays.copyOf(packet.getData(), packet.getLength());
        byUdp.add(query);
        for (byte[] reply : replies.apply(query)) {
          datagrams.send(new DatagramPacket(reply, reply.length, packet.getSocketAddress()));
        }
      }
    } catch (IOException e) {
      // Closed.
    }
  }

  private void serveStreams() {
    try {
      while (true) {
        try (Socket client = streams.accept()) {
          DataInputStream in = new DataInputStream(client.getInputStream());
          byte[] query = in.readNBytes(in.readUnsignedShort());
          byTcp.add(query);
          for (byte[] reply : replies.apply(query)) {
            DataOutputStream out = new DataOutputStream(client.getOutputStream());
            out.writeShort(reply.length);
            out.write(reply);
          }
        }
      }
    } catch (IOException e) {
      // Closed.
    }
  }

  @Override
  public void close() throws IOException {
    datagrams.close();
    streams.close();
  }
}
