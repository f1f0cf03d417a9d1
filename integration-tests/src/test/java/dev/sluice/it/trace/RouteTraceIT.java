// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.trace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.it.proxy.Mesh;
import dev.sluice.lab.topology.Family;
import dev.sluice.lab.topology.Party;
import dev.sluice.net.AddressText;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The routing tables that a connection's packet was looked up in. */
final class RouteTraceIT {
  @ParameterizedTest
  @EnumSource(Family.class)
  void showsTheTableThatAPolicyRuleChose(Family family) throws Exception {
    try (Mesh mesh = Mesh.build();
        PatientServer server = new PatientServer(mesh, family)) {
      String ip = family == Family.IPV4 ? "-4" : "-6";
      String gateway = Party.HOST.address(family).getHostAddress();
      String port = Integer.toString(server.port());
      mesh.in(
          Party.CLIENT,
          words("ip " + ip + " route add default via " + gateway + " dev eth0 table 77"));
      mesh.in(
          Party.CLIENT, words("ip " + ip + " rule add ipproto tcp dport " + port + " table 77"));

      TracedPath path = TracedPath.to(mesh, server.address());

      String client = path.only("client").getOrDefault("local", "");
      List<Map<String, String>> chosen =
          path.all("route").stream().filter(hop -> "77".equals(hop.get("table"))).toList();
      assertThat(chosen)
          .isNotEmpty()
          .allSatisfy(
              hop ->
                  assertThat(hop)
                      .containsEntry("netns", path.only("connect").get("netns"))
                      .containsEntry("destination", server.address())
                      .containsEntry("device", "eth0")
                      .containsEntry("gateway", AddressText.of(Party.HOST.address(family)))
                      .containsEntry("result", "found")
                      .containsEntry("evidence", "event"));
      // Found before the packet left, and nothing of another connection is among them.
      List<String> kinds = path.hops().stream().map(hop -> hop.getOrDefault("hop", "")).toList();
      assertThat(kinds.indexOf("route")).isLessThan(kinds.indexOf("packet"));
      assertThat(path.all("route"))
          .allSatisfy(
              hop ->
                  assertThat(hop.getOrDefault("source_address", ""))
                      .matches(
                          source ->
                              source.equals("0.0.0.0:0")
                                  || source.equals("[::]:0")
                                  || source.equals(client.replaceFirst("\\d+$", "0"))
                                  || source.equals(client)));
      assertThat(path.only("server")).containsEntry("peer", server.peer());
    }
  }

  private static String[] words(String line) {
    return line.split(" ", -1);
  }
}
