// SPDX-License-Identifier: Apache-2.0
package dev.sluice.dns;

import dev.sluice.model.Endpoint;
import dev.sluice.model.EndpointState;
import dev.sluice.model.IpFamily;
import dev.sluice.model.MeshSnapshot;
import dev.sluice.model.ObjectName;
import dev.sluice.model.PortEndpoints;
import dev.sluice.model.Service;
import dev.sluice.model.ServicePort;
import dev.sluice.model.TargetPort;
import dev.sluice.model.TransportProtocol;
import dev.sluice.telemetry.RateLimitedLog;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.BindException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.stream.Stream;

/** A forwarder on the loopback addresses with clients for it. */
final class Rig implements AutoCloseable {
  static final Duration TIMEOUT = Duration.ofMillis(400);

  private static final int PATIENCE_MILLIS = 20_000;

  final int port;
  final DnsCounters counters = new DnsCounters();
  private final ByteArrayOutputStream said = new ByteArrayOutputStream();
  private final DnsForwarder forwarder;

  private Rig(int port, MeshSnapshot snapshot, List<InetSocketAddress> nameServers)
      throws IOException {
    this.port = port;
    forwarder =
        DnsForwarder.open(
            new DnsForwarder.Settings(
                port,
                false,
                EnumSet.allOf(IpFamily.class),
                ServiceNames.of(snapshot, new SearchDomain("shop", "cluster.local")),
                nameServers),
            TIMEOUT,
            counters,
            new RateLimitedLog(new PrintStream(said, true, StandardCharsets.UTF_8), ""));
  }

  static Rig forwardingTo(FakeNameServer... servers) throws IOException {
    return forwardingTo(Stream.of(servers).map(FakeNameServer::address).toList());
  }

  static Rig forwardingTo(List<InetSocketAddress> servers) throws IOException {
    return new Rig(freePort(), MeshSnapshot.EMPTY, servers);
  }

  static Rig forwardingToItself() throws IOException {
    int port = freePort();
    return new Rig(
        port,
        MeshSnapshot.EMPTY,
        List.of(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port)));
  }

  /** For TCP and for UDP: some other socket of UDP may have the number that TCP has free. */
  private static int freePort() throws IOException {
    while (true) {
      try (ServerSocket free = new ServerSocket(0);
          DatagramSocket same = new DatagramSocket(free.getLocalPort())) {
        return same.getLocalPort();
      } catch (BindException e) {
        // The next one, then.
      }
    }
  }

  static Rig serving(Service... services) throws IOException {
    return new Rig(freePort(), MeshSnapshot.of(List.of(services), List.of()), List.of());
  }

  static Service service(String name, String... clusterIps) {
    return new Service(
        new ObjectName("shop", name),
        Stream.of(clusterIps).map(InetAddress::ofLiteral).toList(),
        List.of(port()));
  }

  static ServicePort port() {
    return new ServicePort("", 80, TransportProtocol.TCP, new TargetPort.Numbered(80));
  }

  static PortEndpoints endpoints(Service service, EndpointState state, String... addresses) {
    return new PortEndpoints(
        service.name(),
        "",
        TransportProtocol.TCP,
        Stream.of(addresses)
            .map(
                text -> new Endpoint(new InetSocketAddress(InetAddress.ofLiteral(text), 80), state))
            .toList());
  }

  /** Asks over IPv4. */
  Wire.Answer byUdp(byte[] query) throws IOException {
    return byUdp("127.0.0.1", query);
  }

  Wire.Answer byUdp(String listener, byte[] query) throws IOException {
    try (DatagramSocket client = new DatagramSocket()) {
      client.setSoTimeout(PATIENCE_MILLIS);
      client.connect(new InetSocketAddress(InetAddress.ofLiteral(listener), port));
      client.send(new DatagramPacket(query, query.length));
      DatagramPacket packet = new DatagramPacket(new byte[65_535], 65_535);
      do {
        // The port may have been that of another question, whose answer comes late.
        client.receive(packet);
      } while (!Arrays.equals(packet.getData(), 0, 2, query, 0, 2));
      return Wire.read(Arrays.copyOf(packet.getData(), packet.getLength()));
    }
  }

  /** Sends what must not be answered. */
  void sendByUdp(byte[] message) throws IOException {
    try (DatagramSocket client = new DatagramSocket()) {
      client.send(
          new DatagramPacket(
              message,
              message.length,
              new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port)));
    }
  }

  Socket connect(String listener) throws IOException {
    Socket client = new Socket(InetAddress.ofLiteral(listener), port);
    client.setSoTimeout(PATIENCE_MILLIS);
    return client;
  }

  Wire.Answer byTcp(byte[] query) throws IOException {
    return byTcp("127.0.0.1", query);
  }

  Wire.Answer byTcp(String listener, byte[] query) throws IOException {
    try (Socket client = connect(listener)) {
      send(client, query);
      return receive(client);
    }
  }

  static void send(Socket client, byte[] message) throws IOException {
    DataOutputStream out = new DataOutputStream(client.getOutputStream());
    out.writeShort(message.length);
    out.write(message);
  }

  static Wire.Answer receive(Socket client) throws IOException {
    DataInputStream in = new DataInputStream(client.getInputStream());
    return Wire.read(in.readNBytes(in.readUnsignedShort()));
  }

  /** What it complained of. */
  String said() {
    return said.toString(StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    forwarder.close();
  }
}
