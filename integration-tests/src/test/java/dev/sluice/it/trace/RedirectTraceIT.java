// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.trace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.it.proxy.Mesh;
import dev.sluice.it.proxy.ProxyUnderTest;
import dev.sluice.lab.topology.Family;
import dev.sluice.lab.topology.Party;
import dev.sluice.net.InterceptionMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Connections that REDIRECT takes, by rules of both kinds that nftables tracing shows. */
final class RedirectTraceIT {
  private static final Pattern HANDLE = Pattern.compile("# handle (\\d+)");

  @ParameterizedTest
  @CsvSource({"IPV4,iptables-nft", "IPV4,nft", "IPV6,iptables-nft", "IPV6,nft"})
  void followsAnOutboundConnectionThroughTheProxyToTheServer(Family family, String backend)
      throws Exception {
    try (Mesh mesh = Mesh.build();
        PatientServer server = new PatientServer(mesh, family)) {
      redirect(mesh, Party.CLIENT, backend);
      try (ProxyUnderTest proxy =
          ProxyUnderTest.start(mesh, Party.CLIENT, InterceptionMode.REDIRECT)) {
        TracedPath path = TracedPath.to(mesh, server.address());

        assertThat(path.only("connect")).containsEntry("destination", server.address());
        Map<String, String> client = path.only("client");
        assertThat(client).containsEntry("peer", server.address());
        assertRedirected(mesh, path, client.getOrDefault("local", ""), server.address());
        assertThat(path.only("accept"))
            .containsEntry("local", Family.endpoint(family.loopback(), 15_001))
            .containsEntry("peer", client.getOrDefault("local", ""))
            .containsEntry("evidence", "kernel-state");
        assertThat(path.only("decision"))
            .containsEntry("direction", "outbound")
            .containsEntry("mode", "redirect")
            .containsEntry("client", client.getOrDefault("local", ""))
            .containsEntry("original_destination", server.address())
            .containsEntry("reason", "no_service");
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

  /** The rule that redirected, with the handle that nft lists, and what it made of the packet. */
  private static void assertRedirected(Mesh mesh, TracedPath path, String client, String dialled)
      throws Exception {
    Map<String, String> nat = path.only("nat");
    assertThat(nat)
        .containsEntry("evidence", "event")
        .containsEntry("before_source_address", client)
        .containsEntry("before_destination", dialled)
        .containsEntry("after_source_address", client);
    assertThat(nat.get("after_destination")).endsWith(":15001");
    Map<String, String> rule =
        path.all("rule").stream()
            .filter(hop -> hop.getOrDefault("rule", "").contains("redirect to :15001"))
            .findFirst()
            .orElseThrow();
    assertThat(rule).containsEntry("verdict", "accept").containsEntry("evidence", "event");
    String listing =
        mesh.in(
            Party.CLIENT,
            "nft",
            "-a",
            "list",
            "chain",
            rule.getOrDefault("family", ""),
            rule.getOrDefault("table", ""),
            rule.getOrDefault("chain", ""));
    assertThat(listing.lines().filter(line -> line.contains("redirect to :15001")))
        .singleElement()
        .asString()
        .endsWith("# handle " + rule.getOrDefault("handle", ""));
  }

  @ParameterizedTest
  @CsvSource({"IPV4,iptables-nft", "IPV4,nft", "IPV6,iptables-nft", "IPV6,nft"})
  void followsAnInboundConnectionInTheServersPod(Family family, String backend) throws Exception {
    try (Mesh mesh = Mesh.build();
        PatientServer server = new PatientServer(mesh, family)) {
      redirect(mesh, Party.SERVER, backend);
      try (ProxyUnderTest proxy =
          ProxyUnderTest.start(mesh, Party.SERVER, InterceptionMode.REDIRECT)) {
        TracedPath path = TracedPath.to(mesh, server.address());

        Map<String, String> client = path.only("client");
        assertThat(path.only("decision"))
            .containsEntry("direction", "inbound")
            .containsEntry("client", client.getOrDefault("local", ""))
            .containsEntry("original_destination", server.address());
        assertThat(path.only("accept").getOrDefault("local", "")).endsWith(":15006");
        assertThat(path.only("nat"))
            .containsEntry("netns", mesh.namespace(Party.SERVER).getFileName().toString())
            .containsEntry("before_destination", server.address());
        assertThat(path.only("server"))
            .containsEntry("peer", path.only("upstream").getOrDefault("local", ""))
            .containsEntry("peer", server.peer());
        assertThat(path.only("server").getOrDefault("peer", ""))
            .startsWith(Family.endpoint(family.passthroughSource(), 0).replaceFirst("0$", ""));
        proxy.stop();
      }
    }
  }

  /** Where it isn't traced there can be rules: what the socket shows is nothing without them. */
  @ParameterizedTest
  @EnumSource(Family.class)
  void saysThatTheServersNamespaceIsNotTraced(Family family) throws Exception {
    try (Mesh mesh = Mesh.build();
        PatientServer server = new PatientServer(mesh, family)) {
      redirect(mesh, Party.SERVER, "nft");
      try (ProxyUnderTest proxy =
          ProxyUnderTest.start(mesh, Party.SERVER, InterceptionMode.REDIRECT)) {
        TracedPath path = TracedPath.alone(mesh, server.address());

        String name = mesh.namespace(Party.SERVER).toFile().getName();
        Map<String, String> gap = path.all("unknown").getFirst();
        assertThat(gap)
            .containsEntry("subject", "netfilter of " + name)
            .containsEntry("why", "not traced; add --through " + name);
        Map<String, String> accept = path.only("accept");
        assertThat(accept.get("local")).endsWith(":15006");
        // In its place: between what left the client's pod and who has it.
        assertThat(path.hops().indexOf(gap)).isEqualTo(path.hops().indexOf(accept) - 1);
        assertThat(path.only("decision")).containsEntry("direction", "inbound");
        proxy.stop();
      }
    }
  }

  /** Tracing doesn't know these rules: they show by their counters, and by what they translated. */
  @ParameterizedTest
  @EnumSource(Family.class)
  void showsLegacyRulesByTheirCounters(Family family) throws Exception {
    try (Mesh mesh = Mesh.build();
        PatientServer server = new PatientServer(mesh, family)) {
      String program = family == Family.IPV4 ? "iptables-legacy" : "ip6tables-legacy";
      String dialled = Family.endpoint(Party.SERVER.address(family), 81);
      String rule = "-p tcp -m tcp --dport 81 -j DNAT --to-destination " + server.address();
      String other = "-p tcp -m tcp --dport 82 -j ACCEPT";
      mesh.in(Party.CLIENT, (program + " -t nat -A OUTPUT " + other).split(" ", -1));
      mesh.in(Party.CLIENT, (program + " -t nat -A OUTPUT " + rule).split(" ", -1));

      TracedPath path = TracedPath.to(mesh, dialled);

      assertThat(path.only("legacy-rule"))
          .containsEntry("table", "nat")
          .containsEntry("chain", "OUTPUT")
          .containsEntry("number", "2")
          .containsEntry("rule", rule)
          .containsEntry("packets", "1")
          .containsEntry("evidence", "kernel-state");
      assertThat(path.only("nat"))
          .containsEntry("before_destination", dialled)
          .containsEntry("after_destination", server.address())
          .containsEntry("evidence", "event");
      assertThat(path.only("server")).containsEntry("peer", server.peer());
    }
  }

  /** A rule by hand before those of the pod: it wins, and the trace has its handle. */
  @ParameterizedTest
  @CsvSource({"IPV4,iptables-nft", "IPV4,nft", "IPV6,iptables-nft", "IPV6,nft"})
  void showsSomebodyElsesRuleByItsHandle(Family family, String backend) throws Exception {
    try (Mesh mesh = Mesh.build();
        PatientServer server = new PatientServer(mesh, family)) {
      redirect(mesh, Party.CLIENT, backend);
      String dialled = Family.endpoint(Party.SERVER.address(family), 81);
      String handle = addForeignRule(mesh, family, backend, server);

      TracedPath path = TracedPath.to(mesh, dialled);

      Map<String, String> rule =
          path.all("rule").stream()
              .filter(hop -> hop.getOrDefault("rule", "").contains("dnat"))
              .findFirst()
              .orElseThrow(() -> new AssertionError(path.toString()));
      assertThat(rule)
          .containsEntry("handle", handle)
          .containsEntry("verdict", "accept")
          .containsEntry("evidence", "event");
      assertThat(path.only("nat"))
          .containsEntry("before_destination", dialled)
          .containsEntry("after_destination", server.address());
      assertThat(path.only("client")).containsEntry("peer", dialled);
      assertThat(path.only("server"))
          .containsEntry("local", server.address())
          .containsEntry("peer", server.peer());
      assertThat(path.all("decision")).isEmpty();
    }
  }

  private static String addForeignRule(
      Mesh mesh, Family family, String backend, PatientServer server) throws Exception {
    boolean v4 = family == Family.IPV4;
    if (backend.equals("iptables-nft")) {
      String program = v4 ? "iptables-nft" : "ip6tables-nft";
      mesh.in(
          Party.CLIENT,
          (program
                  + " -t nat -I OUTPUT -p tcp --dport 81 -j DNAT --to-destination "
                  + server.address())
              .split(" ", -1));
    } else {
      mesh.in(Party.CLIENT, "nft", "add table inet foreign");
      mesh.in(
          Party.CLIENT,
          "nft",
          "add chain inet foreign out { type nat hook output priority -150; }");
      mesh.in(
          Party.CLIENT,
          "nft",
          "add rule inet foreign out tcp dport 81 dnat %s to %s"
              .formatted(v4 ? "ip" : "ip6", server.address()));
    }
    String own = v4 ? "ip" : "ip6";
    String listed = backend.equals("nft") ? "inet" : own;
    return mesh.in(Party.CLIENT, "nft", "-a", "list", "ruleset", listed)
        .lines()
        .filter(line -> line.contains("dnat"))
        .map(HANDLE::matcher)
        .filter(Matcher::find)
        .map(matcher -> matcher.group(1))
        .findFirst()
        .orElseThrow();
  }

  private static void redirect(Mesh mesh, Party party, String backend) throws Exception {
    List<String> options = new ArrayList<>();
    if (backend.equals("nft")) {
      options.add("--native-nftables");
    } else {
      options.addAll(List.of("--force-iptables-binary", "nft"));
    }
    mesh.rules(party, InterceptionMode.REDIRECT, options.toArray(String[]::new));
  }
}
