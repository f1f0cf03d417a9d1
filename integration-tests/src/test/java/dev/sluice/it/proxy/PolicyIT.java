// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.it.proxy.Wire.Ending;
import dev.sluice.lab.topology.Family;
import dev.sluice.lab.topology.Party;
import dev.sluice.net.AddressText;
import dev.sluice.net.InterceptionMode;
import dev.sluice.process.CommandResult;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A policy on a service IP, decided in the client's pod. The server owns the service IP and listens
 * on every port, so that only the policy stands between the two.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class PolicyIT {
  private static final int ALLOWED = 8081;
  private static final int NOT_ALLOWED = 8082;
  private static final int ALLOWED_AND_DENIED = 8083;
  private static final int NO_PORT_OF_THE_SERVICE = 8084;
  private static final byte GREETING = 42;

  private static final String POLICY =
      """
      apiVersion: v1
      kind: Service
      metadata: {name: ledger}
      spec:
        clusterIPs: ["%1$s", "%2$s"]
        ports:
        - {name: a, port: 8081}
        - {name: b, port: 8082}
        - {name: c, port: 8083}
      ---
      apiVersion: security.istio.io/v1
      kind: AuthorizationPolicy
      metadata: {name: some-ports}
      spec:
        targetRefs: [{kind: Service, name: ledger}]
        rules:
        - from: [{source: {ipBlocks: ["%3$s", "%4$s"]}}]
          to: [{operation: {ports: ["8081", "8083", "8084"]}}]
      ---
      apiVersion: security.istio.io/v1
      kind: AuthorizationPolicy
      metadata: {name: not-this-one}
      spec:
        action: DENY
        targetRefs: [{kind: Service, name: ledger}]
        rules:
        - to: [{operation: {ports: ["8083"]}}]
      """
          .formatted(
              AddressText.of(Family.IPV4.serviceIp()),
              AddressText.of(Family.IPV6.serviceIp()),
              AddressText.of(Party.CLIENT.address(Family.IPV4)),
              AddressText.of(Party.CLIENT.address(Family.IPV6)));

  private static final String THREE_MISTAKES =
      """
      apiVersion: v1
      kind: Service
      metadata: {name: ledger}
      spec: {clusterIP: 10.96.0.300, ports: [{port: 80}]}
      ---
      apiVersion: security.istio.io/v1
      kind: AuthorizationPolicy
      metadata: {name: p}
      spec:
        targetRefs: [{kind: Service, name: ledger}]
        rules:
        - to: [{operation: {methods: [GET]}}]
        - form: [{source: {ipBlocks: [10.0.0.0/8]}}]
      """;

  private final Mesh mesh;
  private final ProxyUnderTest proxy;

  PolicyIT() throws Exception {
    this.mesh = Mesh.build();
    try {
      mesh.rules(Party.CLIENT, InterceptionMode.REDIRECT);
      Path policy = Files.writeString(mesh.folder().resolve("policy.yaml"), POLICY);
      this.proxy =
          ProxyUnderTest.start(
              mesh, Party.CLIENT, InterceptionMode.REDIRECT, "--policy", policy.toString());
    } catch (IOException e) {
      mesh.close();
      throw e;
    }
  }

  @AfterAll
  void givesEveryDescriptorBack() throws Exception {
    try (mesh) {
      proxy.awaitIdle();
      proxy.stop();
    }
  }

  @ParameterizedTest
  @EnumSource
  void reachesTheServer(Family family) throws Exception {
    InetSocketAddress service = new InetSocketAddress(family.serviceIp(), ALLOWED);
    try (ServerSocketChannel server = mesh.listen(Party.SERVER, service);
        Wire client = mesh.connect(Party.CLIENT, service);
        SocketChannel accepted = server.accept()) {
      new Wire(accepted).send(GREETING);
      assertThat(client.receive(1)).containsExactly(GREETING);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "IPV4, 8082, default/some-ports",
    "IPV6, 8082, default/some-ports",
    "IPV4, 8083, default/not-this-one",
    "IPV6, 8083, default/not-this-one",
    "IPV4, 8084, default/some-ports",
    "IPV6, 8084, default/some-ports",
  })
  void resetsADeniedClientBeforeTheServerHearsOfIt(Family family, int port, String policy)
      throws Exception {
    assertThat(port).isIn(NOT_ALLOWED, ALLOWED_AND_DENIED, NO_PORT_OF_THE_SERVICE);
    InetSocketAddress service = new InetSocketAddress(family.serviceIp(), port);
    try (ServerSocketChannel server = mesh.listen(Party.SERVER, service);
        Wire client = mesh.connect(Party.CLIENT, service)) {
      FutureTask<Integer> greeted = Background.start(() -> greetOne(server));
      assertThat(client.ending()).isEqualTo(Ending.RESET);
      assertThat(proxy.record(client))
          .containsEntry("outcome", "policy_denied")
          .containsEntry("original_destination", AddressText.of(service))
          .containsEntry("upstream", "-")
          .containsEntry("bytes_sent", "0")
          .hasEntrySatisfying("detail", detail -> assertThat(detail).contains(policy));
      assertThat(greeted.isDone()).as("whether the server had a connection").isFalse();
    }
  }

  /** A server that speaks first. */
  private static int greetOne(ServerSocketChannel server) throws IOException {
    try (SocketChannel accepted = server.accept()) {
      new Wire(accepted).send(GREETING);
      return GREETING;
    }
  }

  @ParameterizedTest
  @EnumSource
  void leavesTheServersOwnAddressAlone(Family family) throws Exception {
    InetSocketAddress pod = Mesh.address(Party.SERVER, family, ALLOWED_AND_DENIED);
    try (ServerSocketChannel server = mesh.listen(Party.SERVER, pod);
        Wire client = mesh.connect(Party.CLIENT, pod);
        SocketChannel accepted = server.accept()) {
      new Wire(accepted).send(GREETING);
      assertThat(client.receive(1)).containsExactly(GREETING);
    }
  }

  @Test
  void startsWithNothingLessThanTheWholePolicy() throws Exception {
    Path file = Files.writeString(mesh.folder().resolve("mistakes.yaml"), THREE_MISTAKES);

    CommandResult refused =
        mesh.attempt(
            Party.HOST,
            mesh.launcher(),
            "proxy",
            "--outbound-port",
            "15101",
            "--policy",
            file.toString());

    assertThat(refused.exitCode()).isEqualTo(1);
    assertThat(refused.output()).isEmpty();
    assertThat(refused.errors().lines())
        .satisfiesExactly(
            line -> assertThat(line).contains(file + ":4:19: ", "\"10.96.0.300\""),
            line -> assertThat(line).contains(file + ":12:23: ", "\"methods\" is not supported"),
            line -> assertThat(line).contains(file + ":13:5: ", "unknown field \"form\""));
    InetSocketAddress listener = Mesh.address(Party.HOST, Family.IPV4, 15_101);
    assertThatThrownBy(() -> mesh.connect(Party.HOST, listener))
        .isInstanceOf(ConnectException.class);
  }
}
