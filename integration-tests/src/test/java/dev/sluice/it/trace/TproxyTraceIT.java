// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.trace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.it.proxy.Mesh;
import dev.sluice.it.proxy.ProxyUnderTest;
import dev.sluice.lab.topology.Family;
import dev.sluice.lab.topology.Party;
import dev.sluice.net.InterceptionMode;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Connections that TPROXY takes: no address changes, and the proxy goes on from the client's. */
final class TproxyTraceIT {
  private static String address(Family family) {
    return Family.endpoint(Party.SERVER.address(family), 0).replaceFirst("0$", "");
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  void followsAnInboundConnectionThatKeepsItsClient(Family family) throws Exception {
    try (Mesh mesh = Mesh.build();
        PatientServer server = new PatientServer(mesh, family)) {
      mesh.rules(Party.SERVER, InterceptionMode.TPROXY);
      try (ProxyUnderTest proxy =
          ProxyUnderTest.start(mesh, Party.SERVER, InterceptionMode.TPROXY)) {
        TracedPath path = TracedPath.to(mesh, server.address());

        String client = path.only("client").getOrDefault("local", "");
        assertThat(path.all("nat")).isEmpty();
        assertThat(path.all("rule"))
            .anySatisfy(
                rule ->
                    assertThat(rule)
                        .containsEntry("table", "mangle")
                        .containsEntry("chain", "SLUICE_TPROXY")
                        .containsEntry("verdict", "accept"));
        // The rules marked the packet before it was routed.
        assertThat(path.all("route"))
            .anySatisfy(
                route -> {
                  assertThat(route)
                      .containsEntry("netns", mesh.namespace(Party.SERVER).toFile().getName())
                      .containsEntry("table", "local")
                      .containsEntry("mark", "1337")
                      .containsEntry("device", "eth0")
                      .containsEntry("result", "found")
                      .containsEntry("evidence", "event");
                  assertThat(route.get("destination")).startsWith(address(family));
                });
        assertThat(path.only("accept"))
            .containsEntry("local", server.address())
            .containsEntry("peer", client);
        assertThat(path.only("decision"))
            .containsEntry("mode", "tproxy")
            .containsEntry("client", client)
            .containsEntry("original_destination", server.address());
        Map<String, String> upstream = path.only("upstream");
        assertThat(upstream)
            .containsEntry("local", client)
            .containsEntry("destination", Family.endpoint(family.loopback(), server.port()));
        assertThat(path.only("server"))
            .containsEntry("local", Family.endpoint(family.loopback(), server.port()))
            .containsEntry("peer", client)
            .containsEntry("peer", server.peer());
        proxy.stop();
      }
    }
  }

  /** Rules mark the packet where it leaves, and it comes to the proxy by way of lo. */
  @ParameterizedTest
  @EnumSource(Family.class)
  void followsAnOutboundConnectionToItsProxyByWayOfLo(Family family) throws Exception {
    String[] both = {"--outbound-interception-mode", "TPROXY"};
    try (Mesh mesh = Mesh.build();
        PatientServer server = new PatientServer(mesh, family)) {
      mesh.rules(Party.CLIENT, InterceptionMode.TPROXY, both);
      try (ProxyUnderTest proxy =
          ProxyUnderTest.start(mesh, Party.CLIENT, InterceptionMode.TPROXY, both)) {
        TracedPath path = TracedPath.to(mesh, server.address());

        String client = path.only("client").getOrDefault("local", "");
        assertThat(path.all("nat")).isEmpty();
        assertThat(path.all("route"))
            .anySatisfy(
                route ->
                    assertThat(route)
                        .containsEntry("mark", "1339")
                        .containsEntry("table", "133")
                        .containsEntry("device", "lo")
                        .containsEntry("result", "found"));
        assertThat(path.only("accept"))
            .containsEntry("local", server.address())
            .containsEntry("peer", client);
        assertThat(path.only("decision"))
            .containsEntry("direction", "outbound")
            .containsEntry("mode", "tproxy")
            .containsEntry("client", client)
            .containsEntry("original_destination", server.address());
        Map<String, String> upstream = path.only("upstream");
        assertThat(upstream).containsEntry("destination", server.address());
        assertThat(path.only("server"))
            .containsEntry("local", server.address())
            .containsEntry("peer", upstream.get("local"))
            .containsEntry("peer", server.peer());
        assertThat(path.all("unknown")).isEmpty();
        proxy.stop();
      }
    }
  }
}
