// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.it.Checkout;
import dev.sluice.it.bpf.TestBpfFileSystem;
import dev.sluice.it.bpf.TestCgroup;
import dev.sluice.linux.socket.AddressFamily;
import dev.sluice.process.Command;
import dev.sluice.process.CommandException;
import dev.sluice.socketlb.InstalledLoadBalancer;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Whose connections are balanced at connect, on a node with a pod that is served and one that
 * isn't.
 */
class NodeBalancingIT {
  private static final int MESHED = 1;
  private static final int UNMESHED = 2;

  /** Below the test's cgroup, in a network namespace: what came back, or why nothing did. */
  private static final String CLIENT =
      """
      import errno, socket, sys
      try:
          c = socket.create_connection((sys.argv[1], 80), timeout=10)
          c.sendall(b'hello')
          print(c.recv(16).decode())
      except OSError as e:
          print(errno.errorcode.get(e.errno, e))
      """;

  @TempDir private Path folder;
  private final TestBpfFileSystem bpf = TestBpfFileSystem.mount();
  private final TestCgroup cgroup = TestCgroup.create("node");
  private final TestCgroup own = cgroup.child("proxy");
  private final NodeWorld world = NodeWorld.with(2);

  NodeBalancingIT() throws IOException {}

  @AfterEach
  void close() throws IOException {
    Command.of(Checkout.script("sluice"), "uninstall", "--bpf-fs", bpf.path().toString())
        .runOrThrow();
    world.close();
    await()
        .ignoreException(FileSystemException.class)
        .until(() -> Files.deleteIfExists(own.path()));
    cgroup.close();
    bpf.close();
  }

  @ParameterizedTest
  @CsvSource({
    "HOST, INET, false, true",
    "HOST, INET6, false, true",
    "UNMESHED, INET, true, true",
    "UNMESHED, INET6, true, true",
    "ALL, INET, true, false",
    "ALL, INET6, true, false"
  })
  void balancesWhomTheScopeSays(
      String scope, AddressFamily family, boolean unmeshedToo, boolean meshedThroughTheProxy)
      throws Exception {
    try (EchoServer server = EchoServer.inNode(world, family);
        NodeProcess node = start(scope, family, server.port())) {
      assertThat(ask(world.path(), family)).isEqualTo("hello");
      String unmeshed = ask(world.path(UNMESHED), family);
      if (unmeshedToo) {
        assertThat(unmeshed).isEqualTo("hello");
      } else {
        assertThat(unmeshed).as("nothing but the load balancer knows the service").startsWith("E");
      }
      assertThat(ask(world.path(MESHED), family)).isEqualTo("hello");
      int given = unmeshedToo ? 3 : 2;
      assertThat(world.in("curl", "-s", "http://127.0.0.1:15020/stats/prometheus"))
          .contains("\nsluice_socket_lb_readable 1\n")
          .as("who was balanced, and what the proxy dialled")
          .containsPattern(
              "\nsluice_socket_lb_connections_total\\{destination_service_name=\"web\",.*} "
                  + given
                  + "\n");
      assertThat(node.end("TERM")).isZero();
      List<Map<String, String>> records = node.records("outbound");
      if (meshedThroughTheProxy) {
        assertThat(records)
            .singleElement()
            .satisfies(line -> assertThat(line).containsEntry("original_destination", to(family)));
      } else {
        assertThat(records).as("it needs no proxy").isEmpty();
      }
      assertThat(ask(world.path(), family)).as("goes on by itself").isEqualTo("hello");
    }
  }

  @Test
  void forgetsThePodsThatAreGone() throws Exception {
    try (EchoServer server = EchoServer.inNode(world, AddressFamily.INET);
        NodeProcess node = start("UNMESHED", AddressFamily.INET, server.port())) {
      assertThat(exemptions()).as("the pod and the proxy").isEqualTo(2);
      world.remove(MESHED);
      node.awaitLine("pod " + world.uid(MESHED) + ": released");
      assertThat(exemptions()).isOne();
      world.awaitGone(MESHED);
      assertThat(node.end("TERM")).isZero();
      assertThat(exemptions()).isZero();
    }
  }

  @Test
  void followsTheFilesForBothAndServesOnWithoutALoadBalancer() throws Exception {
    try (EchoServer first = EchoServer.inNode(world, AddressFamily.INET);
        EchoServer second = EchoServer.inNode(world, AddressFamily.INET);
        NodeProcess node = start("UNMESHED", AddressFamily.INET, first.port())) {
      write(AddressFamily.INET, second.port());
      await()
          .until(
              () ->
                  ask(world.path(UNMESHED), AddressFamily.INET).equals("hello")
                      && !second.peers().isEmpty());
      int before = second.peers().size();
      await()
          .until(
              () ->
                  ask(world.path(MESHED), AddressFamily.INET).equals("hello")
                      && second.peers().size() > before);
      Command.of(Checkout.script("sluice"), "uninstall", "--bpf-fs", bpf.path().toString())
          .runOrThrow();
      write(AddressFamily.INET, first.port());
      node.awaitLine("load balancer: the load balancer was uninstalled meanwhile; it stays so");
      assertThat(node.end("TERM")).isZero();
    }
  }

  private NodeProcess start(String scope, AddressFamily family, int port) throws IOException {
    write(family, port);
    NodeProcess node =
        NodeProcess.startIn(
            own.path(),
            world,
            "--pod",
            world.uid(MESHED),
            "--lb-scope",
            scope,
            "--lb-cgroup",
            cgroup.path().toString(),
            "--bpf-fs",
            bpf.path().toString(),
            "-f",
            folder.toString());
    node.awaitPods(world, MESHED);
    return node;
  }

  private int exemptions() throws IOException {
    try (InstalledLoadBalancer balancer =
        InstalledLoadBalancer.on(bpf.path(), cgroup.path()).orElseThrow()) {
      return balancer.exemptions().all().size();
    }
  }

  private static String address(AddressFamily family) {
    return family == AddressFamily.INET ? "10.96.0.1" : "fd96::1";
  }

  private static String to(AddressFamily family) {
    return family == AddressFamily.INET ? "10.96.0.1:80" : "[fd96::1]:80";
  }

  private void write(AddressFamily family, int port) throws IOException {
    Path next = folder.resolve("next");
    Files.writeString(
        next,
        """
        apiVersion: v1
        kind: Service
        metadata: {name: web}
        spec: {clusterIP: "%s", ports: [{name: http, port: 80}]}
        ---
        apiVersion: discovery.k8s.io/v1
        kind: EndpointSlice
        metadata:
          name: web-1
          labels: {kubernetes.io/service-name: web}
        addressType: %s
        ports: [{name: http, port: %d}]
        endpoints:
        - addresses: ["%s"]
        """
            .formatted(
                address(family),
                family == AddressFamily.INET ? "IPv4" : "IPv6",
                port,
                world.gateway(UNMESHED, family, port).getAddress().getHostAddress()));
    Files.move(next, folder.resolve("web.yaml"), StandardCopyOption.REPLACE_EXISTING);
  }

  private String ask(Path namespace, AddressFamily family) throws CommandException {
    return Command.of(
            "sh",
            "-c",
            "echo $$ >\"$0\" && exec nsenter --net=\"$1\" /usr/bin/python3 -c \"$2\" \"$3\"",
            cgroup.path().resolve("cgroup.procs").toString(),
            namespace.toString(),
            CLIENT,
            address(family))
        .runOrThrow()
        .strip();
  }
}
