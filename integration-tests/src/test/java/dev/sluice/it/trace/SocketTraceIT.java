// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.trace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.it.proxy.ProxyUnderTest;
import dev.sluice.lab.topology.Family;
import dev.sluice.lab.topology.Party;
import dev.sluice.net.InterceptionMode;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Connections whose addresses programs on sockets change: captured ones and balanced ones. */
final class SocketTraceIT {
  private static final int SERVICE_PORT = 80;

  @ParameterizedTest
  @EnumSource(Family.class)
  void followsAnOutboundConnectionThatProgramsCapture(Family family) throws Exception {
    try (TracedPod pod = TracedPod.build(Party.CLIENT);
        PatientServer server = new PatientServer(pod.mesh(), family)) {
      pod.capture();
      try (ProxyUnderTest proxy = pod.startCapturing()) {
        TracedPath path =
            TracedPath.to(pod.mesh(), server.address(), "--cgroup", pod.application());

        String listener = Family.endpoint(family.loopback(), 15_001);
        Map<String, String> program = path.only("program");
        assertThat(program)
            .containsEntry("hook", connect(family))
            .containsEntry("before_destination", server.address())
            .containsEntry("after_destination", listener)
            .containsEntry("evidence", "event");
        assertThat(program.get("program")).startsWith("sluice_cap_conn");
        assertThat(path.only("client")).containsEntry("peer", server.address());
        String client = path.only("client").getOrDefault("local", "");
        assertThat(path.all("packet").getFirst())
            .containsEntry("source_address", client)
            .containsEntry("destination", listener);
        assertThat(path.all("nat")).isEmpty();
        assertThat(path.only("accept"))
            .containsEntry("local", listener)
            .containsEntry("peer", client);
        assertThat(path.only("decision"))
            .containsEntry("direction", "outbound")
            .containsEntry("mode", "socket")
            .containsEntry("original_destination", server.address());
        assertThat(path.only("server"))
            .containsEntry("peer", path.only("upstream").getOrDefault("local", ""))
            .containsEntry("peer", server.peer());
        proxy.stop();
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  void followsAnInboundConnectionThatProgramsCapture(Family family) throws Exception {
    try (TracedPod pod = TracedPod.build(Party.SERVER);
        PatientServer server = new PatientServer(pod.mesh(), family)) {
      pod.capture();
      try (ProxyUnderTest proxy = pod.startCapturing()) {
        TracedPath path = TracedPath.to(pod.mesh(), server.address());

        String client = path.only("client").getOrDefault("local", "");
        assertThat(path.all("nat")).isEmpty();
        assertThat(path.all("program-runs"))
            .anySatisfy(
                hop -> {
                  assertRan(hop, "sk_lookup", "sluice_cap_");
                  assertThat(hop)
                      .containsEntry(
                          "netns", pod.mesh().namespace(Party.SERVER).toFile().getName());
                });
        assertThat(path.only("accept"))
            .containsEntry("local", server.address())
            .containsEntry("peer", client);
        assertThat(path.only("decision"))
            .containsEntry("direction", "inbound")
            .containsEntry("mode", "socket")
            .containsEntry("client", client)
            .containsEntry("original_destination", server.address());
        assertThat(path.only("server"))
            .containsEntry("local", server.address())
            .containsEntry("peer", path.only("upstream").getOrDefault("local", ""));
        proxy.stop();
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  void showsTheBackendThatTheLoadBalancerChose(Family family) throws Exception {
    String serviceIp = family.balancedServiceIp().getHostAddress();
    String service = Family.endpoint(family.balancedServiceIp(), SERVICE_PORT);
    try (TracedPod pod = TracedPod.build(Party.CLIENT);
        PatientServer server = new PatientServer(pod.mesh(), family)) {
      pod.balance(family, serviceIp, SERVICE_PORT, backend(family, server));

      // By the name that the balancer has it under.
      TracedPath path =
          TracedPath.to(
              pod.mesh(),
              "shop/reviews:" + SERVICE_PORT,
              "--cgroup",
              pod.application(),
              "--bpf-fs",
              pod.pins());

      Map<String, String> program = path.only("program");
      assertThat(program)
          .containsEntry("hook", connect(family))
          .containsEntry("before_destination", service)
          .containsEntry("after_destination", server.address())
          .containsEntry("evidence", "event");
      assertThat(program.get("program")).startsWith("sluice_lb_conne");
      assertThat(path.only("connect")).containsEntry("destination", service);
      assertThat(path.only("client")).containsEntry("peer", service);
      assertThat(path.all("packet").getFirst()).containsEntry("destination", server.address());
      assertThat(path.all("nat")).isEmpty();
      // What the client was told is somebody's doing, too.
      assertThat(path.all("program-runs"))
          .anySatisfy(hop -> assertRan(hop, connect(family), "sluice_lb_"))
          .anySatisfy(
              hop -> assertRan(hop, connect(family).replace("connect", "getpeername"), "sluice_"))
          .anySatisfy(hop -> assertRan(hop, "sockops", "sluice_lb_"));
      assertThat(path.only("server"))
          .containsEntry("local", server.address())
          .containsEntry("peer", server.peer());
    }
  }

  @ParameterizedTest
  @EnumSource(Family.class)
  void showsTheServiceIpThatIsGivenBackToTheProxy(Family family) throws Exception {
    String serviceIp = family.balancedServiceIp().getHostAddress();
    String service = Family.endpoint(family.balancedServiceIp(), SERVICE_PORT);
    try (TracedPod pod = TracedPod.build(Party.CLIENT);
        PatientServer server = new PatientServer(pod.mesh(), family)) {
      pod.mesh().rules(Party.CLIENT, InterceptionMode.REDIRECT);
      pod.balance(family, serviceIp, SERVICE_PORT, backend(family, server));
      pod.giveServiceIpBack();
      try (ProxyUnderTest proxy = pod.startRedirecting()) {
        TracedPath path = TracedPath.to(pod.mesh(), service, "--cgroup", pod.application());

        assertThat(path.all("program"))
            .anySatisfy(
                hop ->
                    assertThat(hop)
                        .containsEntry("before_destination", service)
                        .containsEntry("after_destination", server.address()));
        assertThat(path.only("nat")).containsEntry("before_destination", server.address());
        assertThat(path.only("accept"))
            .containsEntry("local", Family.endpoint(family.loopback(), 15_001));
        assertThat(path.only("decision"))
            .containsEntry("mode", "redirect")
            .containsEntry("original_destination", service);
        assertThat(path.only("server"))
            .containsEntry("local", server.address())
            .containsEntry("peer", server.peer());
        proxy.stop();
      }
    }
  }

  /** Nothing has left the socket then, so there is no packet to be missed. */
  @ParameterizedTest
  @EnumSource(Family.class)
  void namesTheLoadBalancersProgramThatDenies(Family family) throws Exception {
    String serviceIp = family.balancedServiceIp().getHostAddress();
    String service = Family.endpoint(family.balancedServiceIp(), SERVICE_PORT);
    try (TracedPod pod = TracedPod.build(Party.CLIENT)) {
      pod.deny(family, serviceIp, SERVICE_PORT);

      TracedPath path = TracedPath.to(pod.mesh(), service, "--cgroup", pod.application());

      Map<String, String> program = path.only("program");
      assertThat(program.get("program")).startsWith("sluice_lb_conne");
      assertThat(program)
          .containsEntry("before_destination", service)
          .containsEntry("after_destination", service)
          .containsEntry("refused", "ECONNREFUSED (111)")
          .containsEntry("evidence", "event");
      assertThat(path.only("connected"))
          .containsEntry("connected", "false")
          .containsEntry("outcome", "ECONNREFUSED (111)");
      for (String none : List.of("client", "packet", "accept", "server", "unknown")) {
        assertThat(path.all(none)).as(none).isEmpty();
      }
    }
  }

  private static void assertRan(Map<String, String> hop, String hook, String program) {
    assertThat(hop)
        .containsEntry("hook", hook)
        .containsEntry("owner", "Sluice")
        .containsEntry("evidence", "kernel-state");
    assertThat(hop.get("program")).startsWith(program);
    assertThat(Long.parseLong(hop.getOrDefault("runs", "0"))).isPositive();
  }

  private static InetSocketAddress backend(Family family, PatientServer server) {
    return new InetSocketAddress(Party.SERVER.address(family), server.port());
  }

  private static String connect(Family family) {
    return family == Family.IPV4 ? "cgroup/connect4" : "cgroup/connect6";
  }
}
