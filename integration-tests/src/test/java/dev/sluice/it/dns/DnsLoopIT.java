// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.dns;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.it.proxy.Mesh;
import dev.sluice.it.proxy.ProxyUnderTest;
import dev.sluice.lab.party.RunAs;
import dev.sluice.lab.topology.Family;
import dev.sluice.lab.topology.Party;
import dev.sluice.net.AddressText;
import dev.sluice.net.InterceptionMode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whether the proxy's own questions stay apart from those that it is asked. */
final class DnsLoopIT {
  private static final String SERVICE =
      """
      apiVersion: v1
      kind: Service
      metadata: {name: web, namespace: shop}
      spec:
        clusterIPs: [10.96.0.10, "fd00:10:96::10"]
        ports: [{port: 80}]
      """;

  /**
   * Two ports for the whole pod, so that the proxy asks the name server from the port that the
   * application just asked it from. Without the zones conntrack would take one for the other, and
   * lead the proxy's question to itself or the application's past it.
   */
  @ParameterizedTest
  @EnumSource
  void tellsThemApartByZone(Family family) throws Exception {
    try (Mesh mesh = Mesh.build();
        NameServer names = NameServer.start(mesh)) {
      mesh.rules(Party.CLIENT, InterceptionMode.REDIRECT, "--redirect-dns", "--capture-all-dns");
      mesh.in(Party.CLIENT, "sysctl", "-qw", "net.ipv4.ip_local_port_range=40000 40001");
      try (ProxyUnderTest proxy = start(mesh, RunAs.PROXY, family)) {
        Resolving pod = Resolving.over(mesh, family);
        String v4 = NameServer.V4;
        for (int round = 0; round < 2; round++) {
          for (String port : List.of("40000", "40001")) {
            String from = AddressText.of(Party.CLIENT.address(family)) + "#" + port;
            assertThat(pod.dig("-b", from, NameServer.NAME, "A")).containsExactly(v4);
            assertThat(pod.dig("-b", from, "web.shop", "A")).containsExactly("10.96.0.10");
          }
        }
        assertThat(proxy.stop())
            .containsEntry("dns_queries", "8")
            .containsEntry("dns_answered", "4")
            .containsEntry("dns_forwarded", "4");
        assertThat(names).isNotNull();
      }
    }
  }

  /**
   * It runs as another user than the rules exempt. By UDP no client gets an answer then, since the
   * zones are made for that user too.
   */
  @ParameterizedTest
  @EnumSource
  void refusesItsOwnQuestions(Family family) throws Exception {
    try (Mesh mesh = Mesh.build()) {
      mesh.rules(Party.CLIENT, InterceptionMode.REDIRECT, "--redirect-dns", "--capture-all-dns");
      try (ProxyUnderTest proxy = start(mesh, RunAs.APPLICATION, family)) {
        Resolving pod = Resolving.over(mesh, family);
        assertThat(pod.digInFull("+tcp", NameServer.NAME, "A")).contains("status: SERVFAIL");
        assertThat(pod.dig("+tcp", "web.shop", "A")).containsExactly("10.96.0.10");
        assertThat(proxy.stop())
            .containsEntry("dns_queries", "3")
            .containsEntry("dns_refused", "1");
        assertThat(proxy.said())
            .anySatisfy(
                line ->
                    assertThat(line)
                        .contains(
                            "a question for a.example.test is the proxy's own: the rules don't"
                                + " exempt the user that it runs as"));
      }
    }
  }

  private static ProxyUnderTest start(Mesh mesh, RunAs rights, Family family) throws IOException {
    Path folder = mesh.folder();
    Path services = Files.writeString(folder.resolve("services.yaml"), SERVICE);
    return ProxyUnderTest.start(
        mesh,
        Party.CLIENT,
        rights,
        folder.resolve("access.log"),
        ProxyUnderTest.command(
            mesh,
            InterceptionMode.REDIRECT,
            List.of(
                "-f",
                services.toString(),
                "--dns-port=15053",
                "--dns-upstream=" + AddressText.of(Party.SERVER.address(family)))));
  }
}
