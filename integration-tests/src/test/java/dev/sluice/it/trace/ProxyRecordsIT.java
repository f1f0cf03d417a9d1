// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.trace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.it.proxy.Mesh;
import dev.sluice.it.proxy.ProxyUnderTest;
import dev.sluice.lab.party.RunAs;
import dev.sluice.lab.topology.Family;
import dev.sluice.lab.topology.Party;
import dev.sluice.net.InterceptionMode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Proxies that tell of their connections in another form than LOGFMT, or in none. */
final class ProxyRecordsIT {
  /** TEXT names neither end, so there the proxy's stream is what tells, wherever it lies. */
  @ParameterizedTest
  @CsvSource({"IPV4,JSON", "IPV6,JSON", "IPV4,TEXT", "IPV6,TEXT"})
  void saysWhatTheProxyDecidedWhateverItsLogLooksLike(Family family, String format)
      throws Exception {
    try (Mesh mesh = Mesh.build();
        PatientServer server = new PatientServer(mesh, family)) {
      mesh.rules(Party.CLIENT, InterceptionMode.REDIRECT);
      try (ProxyUnderTest proxy =
          ProxyUnderTest.start(
              mesh,
              Party.CLIENT,
              InterceptionMode.REDIRECT,
              "--access-log-format",
              format,
              "--admin-socket",
              format.equals("JSON") ? "none" : mesh.folder().resolve("admin.sock").toString())) {
        TracedPath path = TracedPath.to(mesh, server.address());

        assertDecided(path, server);
        assertThat(path.only("decision").get("source"))
            .contains(format.equals("JSON") ? "access log /" : "access_log.sock");
        proxy.stop();
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"IPV4", "IPV6"})
  void readsAlongWithAProxyThatKeepsNoLog(Family family) throws Exception {
    try (Mesh mesh = Mesh.build();
        PatientServer server = new PatientServer(mesh, family)) {
      mesh.rules(Party.CLIENT, InterceptionMode.REDIRECT);
      try (ProxyUnderTest proxy = start(mesh, List.of())) {
        TracedPath path = TracedPath.to(mesh, server.address());

        assertDecided(path, server);
        assertThat(path.only("decision").get("source")).endsWith("access_log.sock");
        proxy.stop();
      }
    }
  }

  /** What a proxy names as its log is its own choice, and is read by root. */
  @Test
  void readsNothingThatIsNoRegularFile() throws Exception {
    try (Mesh mesh = Mesh.build();
        PatientServer server = new PatientServer(mesh, Family.IPV4)) {
      mesh.rules(Party.CLIENT, InterceptionMode.REDIRECT);
      List<String> options = List.of("--access-log", "/dev/null", "--admin-socket", "none");
      try (ProxyUnderTest proxy = start(mesh, options)) {
        TracedPath path = TracedPath.to(mesh, server.address(), "--limit", "1s");

        assertThat(path.all("decision")).isEmpty();
        assertThat(path.all("unknown"))
            .anySatisfy(
                hop -> {
                  assertThat(hop.get("subject")).startsWith("the record of java (process ");
                  assertThat(hop.get("why")).contains("no regular file");
                });
        // Whoever has the connection is not called the server, for it is a proxy.
        assertThat(path.only("accept").get("local")).endsWith(":15001");
        assertThat(path.all("server")).isEmpty();
        assertThat(path.hops().get(path.hops().indexOf(path.only("accept")) + 1))
            .containsEntry("hop", "unknown")
            .containsEntry("subject", "whether and where the connection went on from there")
            .containsEntry("why", "it is a proxy, and no record of it can be read");
        proxy.stop();
      }
    }
  }

  private static ProxyUnderTest start(Mesh mesh, List<String> options) throws Exception {
    return ProxyUnderTest.start(
        mesh,
        Party.CLIENT,
        RunAs.PROXY,
        Path.of("/nonexistent"),
        ProxyUnderTest.command(mesh, InterceptionMode.REDIRECT, new ArrayList<>(options)));
  }

  private static void assertDecided(TracedPath path, PatientServer server) throws Exception {
    Map<String, String> decision = path.only("decision");
    assertThat(decision)
        .containsEntry("direction", "outbound")
        .containsEntry("mode", "redirect")
        .containsEntry("client", path.only("client").get("local"))
        .containsEntry("original_destination", server.address())
        .containsEntry("reason", "no_service")
        .containsEntry("evidence", "event");
    assertThat(decision.get("source")).startsWith("claimed by java (process ");
    assertThat(path.only("server"))
        .containsEntry("peer", path.only("upstream").get("local"))
        .containsEntry("peer", server.peer());
    assertThat(path.all("unknown")).isEmpty();
  }
}
