// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.lab.topology.Family;
import dev.sluice.lab.topology.Party;
import dev.sluice.net.InterceptionMode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A policy on a service IP, decided in the client's pod, in front of a server that speaks first.
 */
final class PolicyIT {
  private static final int PORT = 8082;
  private static final int CLIENTS = 20;
  private static final String POLICY =
      """
      apiVersion: v1
      kind: Service
      metadata:
        name: ledger
        namespace: bank
      spec:
        clusterIPs: [10.96.0.10, "fd00:10:96::10"]
        ports:
        - port: 8082
      ---
      apiVersion: security.istio.io/v1
      kind: AuthorizationPolicy
      metadata:
        name: no-guests
        namespace: bank
      spec:
        targetRefs:
        - kind: Service
          group: ""
          name: ledger
        action: DENY
        rules:
        - from:
          - source:
              ipBlocks: [10.7.1.3, "2001:db8:7:1::3"]
      """;

  @ParameterizedTest
  @EnumSource(Family.class)
  void givesADeniedClientNoByteAndTheServerNoConnection(Family family) throws Exception {
    InetSocketAddress service = new InetSocketAddress(family.serviceIp(), PORT);
    InetAddress guest = guest(family);
    try (Mesh mesh = Mesh.build(Party.CLIENT, InterceptionMode.REDIRECT);
        Greeter greeter = Greeter.start(mesh, family)) {
      addAddress(mesh, family, guest);
      Path policy = Files.writeString(mesh.folder().resolve("policy.yaml"), POLICY);
      try (ProxyUnderTest proxy =
          ProxyUnderTest.start(
              mesh, Party.CLIENT, InterceptionMode.REDIRECT, "--policy=" + policy)) {
        for (int i = 0; i < CLIENTS; i++) {
          try (Wire denied = mesh.connect(Party.CLIENT, guest, service)) {
            assertThatThrownBy(() -> denied.receive(1))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("reset");
            assertThat(proxy.record(denied))
                .containsEntry("outcome", "policy_denied")
                .containsEntry("upstream", "-")
                .containsEntry("bytes_sent", "0")
                .hasEntrySatisfying("detail", why -> assertThat(why).contains("bank/no-guests"));
          }
        }
        InetAddress member = Party.CLIENT.address(family);
        try (Wire allowed = mesh.connect(Party.CLIENT, member, service)) {
          assertThat(allowed.receive(1)).hasSize(1);
        }
        assertThat(greeter.accepted()).as("connections at the server").isEqualTo(1);
        assertThat(proxy.stop()).containsEntry("policy_denied", Integer.toString(CLIENTS));
      }
    }
  }

  private static InetAddress guest(Family family) {
    return InetAddress.ofLiteral(family == Family.IPV4 ? "10.7.1.3" : "2001:db8:7:1::3");
  }

  private static void addAddress(Mesh mesh, Family family, InetAddress address) throws IOException {
    String text = address.getHostAddress() + (family == Family.IPV4 ? "/24" : "/64");
    mesh.in(Party.CLIENT, "ip", "address", "add", text, "dev", "eth0", "nodad");
  }

  /** Says one byte to whoever comes, and counts them. */
  private record Greeter(ServerSocketChannel listener, AtomicInteger count)
      implements AutoCloseable {
    static Greeter start(Mesh mesh, Family family) throws Exception {
      String any = family == Family.IPV4 ? "0.0.0.0" : "::";
      Greeter greeter =
          new Greeter(
              mesh.listen(Party.SERVER, new InetSocketAddress(any, PORT)), new AtomicInteger());
      var _ = Background.start(greeter::greet);
      return greeter;
    }

    private Integer greet() throws IOException {
      while (true) {
        Wire wire = new Wire(listener.accept());
        count.incrementAndGet();
        wire.send((byte) '!').close();
      }
    }

    int accepted() {
      return count.get();
    }

    @Override
    public void close() throws IOException {
      listener.close();
    }
  }
}
