// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.it.bpf.TestBpfFileSystem;
import dev.sluice.it.bpf.TestCgroup;
import dev.sluice.it.proxy.Mesh;
import dev.sluice.it.proxy.ProxyUnderTest;
import dev.sluice.lab.party.RunAs;
import dev.sluice.lab.topology.Family;
import dev.sluice.lab.topology.Party;
import dev.sluice.net.AddressText;
import dev.sluice.net.InterceptionMode;
import dev.sluice.process.Command;
import dev.sluice.socketlb.InstalledFeature;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
  private final TestCgroup pod = cgroup.child("pod");
  private final TestCgroup application = pod.child("application");
  private final TestCgroup sidecar = pod.child("sidecar");
  private final TestCgroup server = cgroup.child("server");
  private final TestBpfFileSystem bpf = TestBpfFileSystem.mount();

  ProxiedFlowsIT() throws IOException {}

  /** The server's side has rules of REDIRECT where the client's side is captured by programs. */
  @ParameterizedTest
  @CsvSource({"REDIRECT,REDIRECT", "TPROXY,TPROXY", "SOCKET,REDIRECT"})
  void makesOneRecordOfAllThatTell(InterceptionMode here, InterceptionMode there) throws Exception {
    try (Mesh mesh = Mesh.build();
        ServerSocketChannel v4 = greeter(mesh, Family.IPV4);
        ServerSocketChannel v6 = greeter(mesh, Family.IPV6)) {
      Path outbound = mesh.folder();
      Path inbound = mesh.folder();
      Path policy = Files.writeString(mesh.folder().resolve("policy.yaml"), POLICY);
      try (ProxyUnderTest first =
              here == InterceptionMode.SOCKET
                  ? capturing(mesh, outbound, policy)
                  : outbound(mesh, here, outbound, policy);
          ProxyUnderTest second = inbound(mesh, there, inbound);
          ObserveProcess observe =
              ObserveProcess.follow(
                  cgroup.path(),
                  "--log-socket",
                  socket(outbound),
                  "--log-socket",
                  socket(inbound),
                  "--file",
                  policy.toString())) {
        List<String> made = new ArrayList<>(run(mesh, Family.IPV4, v4));
        made.addAll(run(mesh, Family.IPV6, v6));
        Thread.sleep(Duration.ofMillis(300));
        List<Map<String, String>> records =
            observe.end().stream().filter(flow -> !isLoopbackProbe(flow)).toList();

        assertThat(made).hasSize(60);
        assertThat(records.stream().map(ProxiedFlowsIT::asTheClientSawIt))
            .containsExactlyInAnyOrderElementsOf(made);
        String both = (here + "," + there).toLowerCase(Locale.ROOT);
        assertThat(records)
            .allSatisfy(
                flow -> {
                  boolean denied = flow.getOrDefault("destination", "").endsWith(":8082");
                  assertThat(flow)
                      .containsEntry("mode", "proxied")
                      .containsEntry(
                          "interception", denied ? here.name().toLowerCase(Locale.ROOT) : both);
                  assertThat(flow.get("verdict")).isEqualTo(verdict(flow));
                  assertThat(flow.get("service")).isEqualTo(denied ? "bank/ledger" : null);
                  assertThat(flow.containsKey("reason"))
                      .isEqualTo(!"FORWARDED".equals(flow.get("verdict")));
                });
        first.stop();
        second.stop();
      }
    } finally {
      await().ignoreExceptions().until(this::removed);
    }
  }

  /** By which a proxy for TPROXY sees every 5 s whether answers from loopback come back. */
  private static boolean isLoopbackProbe(Map<String, String> flow) {
    String source = flow.getOrDefault("source", "");
    return source.startsWith("203.0.113.1:") || source.startsWith("[2001:db8:203:113::1]:");
  }

  private static String verdict(Map<String, String> flow) {
    String destination = flow.getOrDefault("destination", "");
    return destination.endsWith(":9")
        ? "FAILED"
        : destination.endsWith(":" + DENIED_PORT) ? "DENIED" : "FORWARDED";
  }

  private static String asTheClientSawIt(Map<String, String> flow) {
    String came = "FORWARDED".equals(flow.get("verdict")) ? "hello" : "reset";
    return flow.get("source") + " " + flow.get("destination") + " " + came;
  }

  private List<String> run(Mesh mesh, Family family, ServerSocketChannel listener)
      throws IOException {
    return Command.of(
            "sh",
            "-c",
            "echo $$ > \"$0\" && exec python3 -c \"$@\"",
            application.path().resolve("cgroup.procs").toString(),
            CLIENT,
            AddressText.of(Party.CLIENT.address(family)),
            AddressText.of(Party.SERVER.address(family)),
            AddressText.of(family.serviceIp()),
            Integer.toString(listener.socket().getLocalPort()))
        .inNetworkNamespace(mesh.namespace(Party.CLIENT))
        .withTimeout(Duration.ofSeconds(40))
        .runOrThrow()
        .lines()
        .toList();
  }

  private ProxyUnderTest outbound(Mesh mesh, InterceptionMode mode, Path folder, Path policy)
      throws IOException {
    // Without it only what comes in is TPROXY's.
    String how = "--outbound-interception-mode=" + mode;
    mesh.rules(Party.CLIENT, mode, how);
    ProxyUnderTest proxy =
        ProxyUnderTest.start(mesh, Party.CLIENT, mode, how, admin(folder), "--policy=" + policy);
    join(sidecar, proxy);
    return proxy;
  }

  private ProxyUnderTest inbound(Mesh mesh, InterceptionMode mode, Path folder) throws IOException {
    mesh.rules(Party.SERVER, mode);
    ProxyUnderTest proxy = ProxyUnderTest.start(mesh, Party.SERVER, mode, admin(folder));
    join(server, proxy);
    return proxy;
  }

  private static void join(TestCgroup cgroup, ProxyUnderTest proxy) throws IOException {
    Files.writeString(cgroup.path().resolve("cgroup.procs"), Long.toString(proxy.pid()));
  }

  /** Programs on the pod's cgroup know the proxy by its own, from its first socket on. */
  private ProxyUnderTest capturing(Mesh mesh, Path folder, Path policy) throws IOException {
    mesh.in(
        Party.CLIENT,
        mesh.launcher(),
        "capture",
        "on",
        "--cgroup=" + pod.path(),
        "--proxy-cgroup=" + sidecar.path(),
        "--netns=" + mesh.namespace(Party.CLIENT),
        "--bpf-fs=" + bpf.path(),
        "--patience=20s");
    Path log = folder.resolve("access.log");
    String join = "echo $$ > " + sidecar.path().resolve("cgroup.procs") + "; exec \"$@\"";
    List<String> command = new ArrayList<>(List.of("bash", "-c", join, "member"));
    command.addAll(
        ProxyUnderTest.command(
            mesh,
            InterceptionMode.SOCKET,
            List.of(
                "--access-log=" + log,
                "--bpf-fs=" + bpf.path(),
                "--capture-cgroup=" + pod.path(),
                admin(folder),
                "--policy=" + policy)));
    return ProxyUnderTest.start(mesh, Party.CLIENT, RunAs.ROOT, log, command);
  }

  private static String admin(Path folder) {
    return "--admin-socket=" + folder.resolve("admin.sock");
  }

  private static String socket(Path folder) {
    return folder.resolve("access_log.sock").toString();
  }

  private static ServerSocketChannel greeter(Mesh mesh, Family family) throws Exception {
    ServerSocketChannel listener = mesh.listen(Party.SERVER, family);
    Thread.ofPlatform().daemon().name("greeter").start(() -> greet(listener));
    return listener;
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

  private boolean removed() throws IOException {
    for (InstalledFeature feature : InstalledFeature.all(bpf.path())) {
      feature.remove();
    }
    application.close();
    sidecar.close();
    pod.close();
    server.close();
    cgroup.close();
    bpf.close();
    return true;
  }
}
