// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.it.bpf.TestCgroup;
import dev.sluice.it.proxy.Mesh;
import dev.sluice.it.proxy.ProxyUnderTest;
import dev.sluice.lab.topology.Family;
import dev.sluice.lab.topology.Party;
import dev.sluice.net.AddressText;
import dev.sluice.net.InterceptionMode;
import dev.sluice.process.Command;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** One record of what a client's socket, the proxies on its way and their own sockets tell. */
class ProxiedFlowsIT {
  private static final int DENIED_PORT = 8082;

  private static final String POLICY =
      """
      apiVersion: v1
      kind: Service
      metadata: {name: ledger, namespace: bank}
      spec:
        clusterIPs: [10.96.0.10, "fd00:10:96::10"]
        ports: [{port: 8082}]
      ---
      apiVersion: security.istio.io/v1
      kind: AuthorizationPolicy
      metadata: {name: nobody, namespace: bank}
      spec:
        targetRefs: [{kind: Service, group: "", name: ledger}]
        action: DENY
        rules:
        - from:
          - source:
              ipBlocks: [10.7.0.0/16, "2001:db8:7::/48"]
      """;

  /** What a client saw stands in the last column: an answer, or a reset. */
  private static final String CLIENT =
      """
      import socket, sys, time

      def text(end):
          return ("[%s]:%d" if ":" in end[0] else "%s:%d") % end[:2]

      def dial(host, port):
          s = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
          s.settimeout(5)
          s.bind((source, 0))
          mine = text(s.getsockname())
          try:
              s.connect((host, port))
              s.sendall(b"x" * 100)
              came = s.recv(100).decode()
          except (ConnectionResetError, BrokenPipeError):
              came = "reset"
          s.close()
          print(mine, text((host, port)), came)

      source, server, service, port = sys.argv[1:]
      for i in range(10):
          dial(server, int(port))
          dial(service, 8082)
          dial(server, 9)
      """;

  private final TestCgroup cgroup = TestCgroup.create("proxied");

  ProxiedFlowsIT() throws IOException {}

  @ParameterizedTest
  @EnumSource(Family.class)
  void makesOneRecordOfAllThatTell(Family family) throws Exception {
    TestCgroup clients = cgroup.child("clients");
    TestCgroup proxies = cgroup.child("proxies");
    try (Mesh mesh = Mesh.build();
        ServerSocketChannel listener = mesh.listen(Party.SERVER, family)) {
      Thread.ofPlatform().daemon().name("greeter").start(() -> greet(listener));
      Path here = mesh.folder();
      Path there = mesh.folder();
      Path policy = Files.writeString(mesh.folder().resolve("policy.yaml"), POLICY);
      try (ProxyUnderTest first = proxy(mesh, Party.CLIENT, proxies, here, "--policy=" + policy);
          ProxyUnderTest second = proxy(mesh, Party.SERVER, proxies, there, "--idle-timeout=60s");
          ObserveProcess observe =
              ObserveProcess.follow(
                  cgroup.path(),
                  "--log-socket",
                  socket(here),
                  "--log-socket",
                  socket(there),
                  "--file",
                  policy.toString())) {
        int port = listener.socket().getLocalPort();

        List<String> made = run(mesh, clients, family, port);
        Thread.sleep(Duration.ofMillis(300));
        List<Map<String, String>> records = observe.end();

        assertThat(made).hasSize(30);
        assertThat(records.stream().map(ProxiedFlowsIT::asTheClientSawIt))
            .containsExactlyInAnyOrderElementsOf(made);
        assertThat(records)
            .allSatisfy(
                flow -> {
                  assertThat(flow).containsEntry("mode", "proxied");
                  boolean denied = flow.getOrDefault("destination", "").endsWith(":8082");
                  assertThat(flow.get("verdict")).isEqualTo(verdict(flow, port));
                  assertThat(flow.get("service")).isEqualTo(denied ? "bank/ledger" : null);
                  assertThat(flow.containsKey("reason"))
                      .isEqualTo(!"FORWARDED".equals(flow.get("verdict")));
                });
        first.stop();
        second.stop();
      }
    } finally {
      await().ignoreExceptions().until(() -> removed(clients, proxies));
    }
  }

  private static String verdict(Map<String, String> flow, int port) {
    String destination = flow.getOrDefault("destination", "");
    return destination.endsWith(":" + port)
        ? "FORWARDED"
        : destination.endsWith(":" + DENIED_PORT) ? "DENIED" : "FAILED";
  }

  private static String asTheClientSawIt(Map<String, String> flow) {
    String came = "FORWARDED".equals(flow.get("verdict")) ? "hello" : "reset";
    return flow.get("source") + " " + flow.get("destination") + " " + came;
  }

  private static List<String> run(Mesh mesh, TestCgroup clients, Family family, int port)
      throws IOException {
    return Command.of(
            "sh",
            "-c",
            "echo $$ > \"$0\" && exec python3 -c \"$@\"",
            clients.path().resolve("cgroup.procs").toString(),
            CLIENT,
            AddressText.of(Party.CLIENT.address(family)),
            AddressText.of(Party.SERVER.address(family)),
            AddressText.of(family.serviceIp()),
            Integer.toString(port))
        .inNetworkNamespace(mesh.namespace(Party.CLIENT))
        .withTimeout(Duration.ofSeconds(40))
        .runOrThrow()
        .lines()
        .toList();
  }

  private static ProxyUnderTest proxy(
      Mesh mesh, Party party, TestCgroup cgroup, Path folder, String option) throws IOException {
    mesh.rules(party, InterceptionMode.REDIRECT);
    ProxyUnderTest proxy =
        ProxyUnderTest.start(
            mesh,
            party,
            InterceptionMode.REDIRECT,
            "--admin-socket=" + folder.resolve("admin.sock"),
            option);
    Files.writeString(cgroup.path().resolve("cgroup.procs"), Long.toString(proxy.pid()));
    return proxy;
  }

  private static String socket(Path folder) {
    return folder.resolve("access_log.sock").toString();
  }

  private static void greet(ServerSocketChannel listener) {
    while (listener.isOpen()) {
      try (SocketChannel accepted = listener.accept()) {
        accepted.read(ByteBuffer.allocate(100));
        accepted.write(StandardCharsets.UTF_8.encode("hello"));
        accepted.read(ByteBuffer.allocate(100));
      } catch (IOException e) {
        // The test is over, or the client reset.
      }
    }
  }

  private boolean removed(TestCgroup clients, TestCgroup proxies) throws IOException {
    clients.close();
    proxies.close();
    cgroup.close();
    return true;
  }
}
