// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.inject.Injector;
import dev.sluice.inject.Sidecar;
import dev.sluice.lab.party.LabProcess;
import dev.sluice.lab.party.RunAs;
import dev.sluice.lab.topology.Family;
import dev.sluice.lab.topology.Party;
import dev.sluice.net.InterceptionMode;
import dev.sluice.process.CommandResult;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A gRPC probe of the kubelet, as the injected manifest has it: curl asks what grpc.health.v1 calls
 * Check. The application answers it, and only while it lives; the proxy accepts all the same.
 */
final class GrpcProbeIT {
  private static final String WORKLOAD =
      """
      kind: Pod
      metadata: {name: a}
      spec:
        containers:
        - name: app
          ports: [{name: rpc, containerPort: 9090}]
          readinessProbe: {grpc: {port: 9090}}
      """;

  private static final Pattern PROBE =
      Pattern.compile("readinessProbe: \\{grpc: \\{port: (\\d+)}}");

  /** Answers each stream with status 200, one message that says SERVING, and grpc-status 0. */
  private static final String APPLICATION =
      """
      import socket, sys
      def exactly(c, n):
          data = b''
          while len(data) < n:
              part = c.recv(n - len(data))
              if not part:
                  raise EOFError
              data += part
          return data
      def frame(kind, flags, stream, body=b''):
          return len(body).to_bytes(3, 'big') + bytes([kind, flags]) + stream.to_bytes(4, 'big') + body
      def text(t):
          return bytes([len(t)]) + t
      def serve(c):
          exactly(c, 24)
          c.sendall(frame(4, 0, 0))
          while True:
              head = exactly(c, 9)
              exactly(c, int.from_bytes(head[:3], 'big'))
              kind, flags, stream = head[3], head[4], int.from_bytes(head[5:], 'big')
              if kind == 4 and not flags & 1:
                  c.sendall(frame(4, 1, 0))
              if kind in (0, 1) and flags & 1:
                  c.sendall(
                      frame(1, 4, stream, b'\\x88\\x5f' + text(b'application/grpc'))
                      + frame(0, 0, stream, b'\\0\\0\\0\\0\\x02\\x08\\x01')
                      + frame(1, 5, stream, b'\\0' + text(b'grpc-status') + text(b'0')))
      s = socket.create_server(('::', int(sys.argv[1])), family=socket.AF_INET6, dualstack_ipv6=True)
      print('ready', flush=True)
      while True:
          c, _ = s.accept()
          with c:
              try:
                  serve(c)
              except (EOFError, ConnectionError):
                  pass
      """;

  @ParameterizedTest
  @EnumSource
  void failsWithTheApplicationThoughTheProxyAccepts(Sidecar.Mode mode) throws Exception {
    int port = probed(mode);
    InterceptionMode interception = InterceptionMode.valueOf(mode.name());
    try (Mesh mesh = Mesh.build(Party.SERVER, interception);
        ProxyUnderTest proxy = ProxyUnderTest.start(mesh, Party.SERVER, interception)) {
      Path request = mesh.folder().resolve("request");
      // One message without a field, not compressed.
      Files.write(request, new byte[5]);
      try (LabProcess application =
          mesh.start(
              Party.SERVER,
              RunAs.ROOT,
              List.of("python3", "-c", APPLICATION, Integer.toString(port)))) {
        application.awaitLine("ready", Duration.ofSeconds(10));
        for (Family family : Family.values()) {
          CommandResult alive = probe(mesh, family, port, request);
          assertThat(alive.succeeded()).as("%s", alive).isTrue();
          assertThat(alive.output()).contains("HTTP/2 200", "grpc-status: 0");
        }
      }
      for (Family family : Family.values()) {
        CommandResult dead = probe(mesh, family, port, request);
        assertThat(dead.succeeded()).as("%s", dead).isFalse();
        assertThat(dead.output()).doesNotContain("HTTP/", "grpc-status");
      }
      proxy.awaitOutcomes("upstream_refused", 2);
      assertThat(proxy.records())
          .filteredOn(line -> "upstream_refused".equals(line.get("outcome")))
          .extracting(GrpcProbeIT::dialled)
          .containsExactlyInAnyOrder(endpoint(Family.IPV4, port), endpoint(Family.IPV6, port));
      proxy.stop();
    }
  }

  private static int probed(Sidecar.Mode mode) {
    String injected =
        new Injector(new Sidecar(mode, "registry.example/sluice:1"))
            .inject("a.yaml", WORKLOAD)
            .yaml();
    assertThat(injected).contains("name: sluice-proxy");
    Matcher found = PROBE.matcher(injected);
    assertThat(found.find()).as(injected).isTrue();
    return Integer.parseInt(found.group(1));
  }

  private static CommandResult probe(Mesh mesh, Family family, int port, Path request)
      throws IOException {
    return mesh.attempt(
        Party.CLIENT,
        "curl",
        "-sSg",
        "-m",
        "5",
        "-D",
        "-",
        "-o",
        "/dev/null",
        "--http2-prior-knowledge",
        "-H",
        "content-type: application/grpc",
        "-H",
        "te: trailers",
        "--data-binary",
        "@" + request,
        "http://" + endpoint(family, port) + "/grpc.health.v1.Health/Check");
  }

  private static String dialled(Map<String, String> line) {
    return line.getOrDefault("original_destination", "");
  }

  private static String endpoint(Family family, int port) {
    InetSocketAddress address = Mesh.address(Party.SERVER, family, port);
    return Family.endpoint(address.getAddress(), port);
  }
}
