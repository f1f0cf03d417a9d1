// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.trace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.it.proxy.Mesh;
import dev.sluice.lab.party.LabProcess;
import dev.sluice.lab.party.RunAs;
import dev.sluice.lab.topology.Family;
import dev.sluice.lab.topology.Party;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Datagrams, whose addresses the load balancer changes on the way out and back. */
final class DatagramTraceIT {
  private static final int SERVICE_PORT = 5353;
  private static final int BACKEND_PORT = 9053;

  private static final String ECHO =
      """
      import socket, sys
      family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
      server = socket.socket(family, socket.SOCK_DGRAM)
      server.bind((sys.argv[1], int(sys.argv[2])))
      print("ready", flush=True)
      while True:
          data, peer = server.recvfrom(1000)
          server.sendto(data, peer)
          print("from %s port %d" % peer[:2], flush=True)
      """;

  @ParameterizedTest
  @EnumSource(Family.class)
  void showsTheBackendOnTheWayOutAndTheServiceOnTheWayBack(Family family) throws Exception {
    String serviceIp = family.balancedServiceIp().getHostAddress();
    String service = Family.endpoint(family.balancedServiceIp(), SERVICE_PORT);
    String backend = Family.endpoint(Party.SERVER.address(family), BACKEND_PORT);
    try (TracedPod pod = TracedPod.build(Party.CLIENT);
        LabProcess echo = echo(pod.mesh(), family)) {
      pod.balance(
          family,
          serviceIp,
          SERVICE_PORT,
          new InetSocketAddress(Party.SERVER.address(family), BACKEND_PORT));

      TracedPath path = TracedPath.to(pod.mesh(), service, "--udp", "--cgroup", pod.application());

      assertThat(path.only("send")).containsEntry("destination", service);
      List<Map<String, String>> programs = path.all("program");
      assertThat(programs).hasSize(2);
      assertProgram(programs.get(0), hook("sendmsg", family), service, backend);
      assertProgram(programs.get(1), hook("recvmsg", family), backend, service);
      assertThat(path.all("packet"))
          .isNotEmpty()
          .allSatisfy(packet -> assertThat(packet).containsEntry("destination", backend));
      assertThat(path.all("packet").getLast())
          .containsEntry("netns", pod.mesh().namespace(Party.SERVER).toFile().getName())
          .containsEntry("point", "is delivered");
      assertThat(path.all("nat")).isEmpty();
      assertThat(path.only("bound"))
          .containsEntry("local", backend)
          .containsEntry("pid", Long.toString(echo.pid()))
          .containsEntry("evidence", "kernel-state");
      assertThat(path.only("answer")).containsEntry("from", service);
      assertThat(path.all("program-runs"))
          .anySatisfy(
              hop ->
                  assertThat(hop)
                      .containsEntry("hook", hook("recvmsg", family))
                      .containsEntry("runs", "1"));
      assertThat(path.all("unknown")).isEmpty();
      assertThat(echo.lines()).anyMatch(line -> line.startsWith("from "));
    }
  }

  /** Tracing doesn't know these rules: they show by their counters, and by what they translated. */
  @ParameterizedTest
  @EnumSource(Family.class)
  void showsLegacyRulesByTheirCounters(Family family) throws Exception {
    try (Mesh mesh = Mesh.build();
        LabProcess echo = echo(mesh, family)) {
      String program = family == Family.IPV4 ? "iptables-legacy" : "ip6tables-legacy";
      String dialled = Family.endpoint(Party.SERVER.address(family), SERVICE_PORT);
      String backend = Family.endpoint(Party.SERVER.address(family), BACKEND_PORT);
      String rule =
          "-p udp -m udp --dport " + SERVICE_PORT + " -j DNAT --to-destination " + backend;
      mesh.in(Party.CLIENT, (program + " -t nat -A OUTPUT " + rule).split(" ", -1));

      TracedPath path = TracedPath.to(mesh, dialled, "--udp");

      assertThat(path.only("legacy-rule"))
          .containsEntry("table", "nat")
          .containsEntry("chain", "OUTPUT")
          .containsEntry("rule", rule)
          .containsEntry("packets", "1")
          .containsEntry("evidence", "kernel-state");
      assertThat(path.only("nat"))
          .containsEntry("before_destination", dialled)
          .containsEntry("after_destination", backend);
      assertThat(path.only("bound")).containsEntry("pid", Long.toString(echo.pid()));
      assertThat(path.only("answer")).containsEntry("from", dialled);
    }
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  void saysThatNoAnswerCame(Family family) throws Exception {
    try (Mesh mesh = Mesh.build()) {
      String silent = Family.endpoint(Party.SERVER.address(family), BACKEND_PORT);

      TracedPath path = TracedPath.to(mesh, silent, "--udp", "--limit", "300ms");

      assertThat(path.all("answer")).isEmpty();
      assertThat(path.all("bound")).isEmpty();
      assertThat(path.all("packet").getLast()).containsEntry("point", "is delivered");
      assertThat(path.all("unknown"))
          .anySatisfy(hop -> assertThat(hop).containsEntry("subject", "an answer"));
    }
  }

  private static LabProcess echo(Mesh mesh, Family family) throws IOException {
    LabProcess echo =
        mesh.start(
            Party.SERVER,
            RunAs.APPLICATION,
            List.of(
                "/usr/bin/python3",
                "-c",
                ECHO,
                Party.SERVER.address(family).getHostAddress(),
                Integer.toString(BACKEND_PORT)));
    echo.awaitLine("ready", Duration.ofSeconds(10));
    return echo;
  }

  private static String hook(String call, Family family) {
    return "cgroup/" + call + (family == Family.IPV4 ? "4" : "6");
  }

  private static void assertProgram(
      Map<String, String> hop, String hook, String before, String after) {
    assertThat(hop)
        .containsEntry("hook", hook)
        .containsEntry("before_destination", before)
        .containsEntry("after_destination", after)
        .containsEntry("evidence", "event");
    assertThat(hop.get("program")).startsWith("sluice_lb_");
  }
}
