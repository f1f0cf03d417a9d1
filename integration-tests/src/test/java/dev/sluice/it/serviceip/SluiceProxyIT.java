// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.serviceip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.it.proxy.ProxyUnderTest;
import dev.sluice.lab.party.LabProcess;
import dev.sluice.lab.party.RunAs;
import dev.sluice.lab.topology.Party;
import dev.sluice.net.InterceptionMode;
import dev.sluice.process.CommandResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Our own proxy as the sidecar of a pod whose node load balances on sockets: a policy on a service
 * is bypassed, and holds with the service IP given back.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class SluiceProxyIT {
  private static final int OPEN = 0;
  private static final String TRIES = "12";

  private final MeshedPod pod = MeshedPod.build();
  private final LabProcess backends = pod.startBackends();

  SluiceProxyIT() throws Exception {}

  @BeforeEach
  void balance() throws Exception {
    pod.balance(pod.parent());
  }

  @AfterEach
  void uninstall() throws Exception {
    pod.uninstall();
  }

  @AfterAll
  void close() throws Exception {
    backends.close();
    pod.close();
  }

  @ParameterizedTest
  @EnumSource(Form.class)
  void policyOnAServiceIsBypassedWithoutAndHoldsWithTheServiceIp(Form form) throws Exception {
    try (ProxyUnderTest proxy = start()) {
      Map<String, String> bypassed = pod.client("plain", "1", form.argument(1)).getFirst();
      assertThat(bypassed).containsKey("name").doesNotContainKey("error");
      assertThat(originalDestinations(proxy, 1))
          .isNotEmpty()
          .allSatisfy(address -> assertThat(address).endsWith(":" + Services.BACKEND_PORT));

      pod.giveServiceIpBack();
      List<Map<String, String>> denied = pod.client("plain", "3", form.argument(Services.CLOSED));
      assertThat(denied).hasSize(3).allSatisfy(line -> assertThat(line).containsKey("error"));
      List<Map<String, String>> allowed = pod.client("plain", TRIES, form.argument(OPEN));
      assertThat(allowed)
          .allSatisfy(line -> assertThat(line.get("dialled")).isEqualTo(form.text(OPEN)));
      assertThat(allowed.stream().map(line -> line.get("name")).collect(Collectors.toSet()))
          .as("backends that answered")
          .hasSize(2)
          .doesNotContainNull();
      List<String> dialled = originalDestinations(proxy, 16);
      assertThat(dialled.subList(1, 4)).containsOnly(form.text(Services.CLOSED));
      assertThat(dialled.subList(4, 16)).containsOnly(form.text(OPEN));
      assertThat(proxy.records().subList(1, 4))
          .allSatisfy(
              line ->
                  assertThat(line)
                      .containsEntry("outcome", "policy_denied")
                      .containsEntry("upstream", "-"));
      await().untilAsserted(() -> assertThat(pod.anyPending()).isFalse());
    }
  }

  @Test
  void commandSwitchesItOnAndOffAndStatusSaysSo() throws Exception {
    String cgroup = pod.cgroup().toString();
    CommandResult on = pod.sluice("service-ip", "on", "--cgroup", cgroup);
    assertThat(on.exitCode()).as(on.errors()).isZero();
    try (ProxyUnderTest _ = start()) {
      pod.client("plain", "2", Form.IPV4.argument(OPEN));
    }
    CommandResult status = pod.sluice("status");
    assertThat(status.exitCode()).isZero();
    assertThat(status.output())
        .contains("service-ip on " + cgroup + ", 2 connections joined with their clients, 0 lost");
    Files.delete(pod.serviceIp().folder().resolve("links/sluice_si_getsockopt"));
    CommandResult partly = pod.sluice("status");
    assertThat(partly.exitCode()).isEqualTo(1);
    assertThat(partly.output()).contains("sluice_si_getsockopt cgroup/getsockopt  NOT ATTACHED");
    CommandResult off = pod.sluice("service-ip", "off", "--cgroup", cgroup);
    assertThat(off.exitCode()).as(off.errors()).isZero();
    assertThat(pod.sluice("status").output()).doesNotContain("service-ip on");
  }

  @Test
  void refusesWithoutTheCapabilityThatItsProgramsNeed() throws Exception {
    CommandResult refused =
        pod.mesh()
            .attempt(
                Party.CLIENT,
                "setpriv",
                "--bounding-set=-perfmon,-sys_admin",
                "--inh-caps=-perfmon,-sys_admin",
                "--",
                pod.mesh().launcher(),
                "service-ip",
                "on",
                "--cgroup",
                pod.cgroup().toString(),
                "--bpf-fs",
                pod.bpfFileSystem().toString());
    assertThat(refused.exitCode()).isEqualTo(1);
    assertThat(refused.errors().lines())
        .hasSize(1)
        .first()
        .asString()
        .endsWith("missing: CAP_PERFMON");
  }

  private ProxyUnderTest start() throws Exception {
    Path policy =
        Files.writeString(
            pod.mesh().folder().resolve("policy.yaml"), Services.yaml() + Services.POLICY);
    Path log = pod.mesh().folder().resolve("access.log");
    List<String> command =
        ProxyUnderTest.command(
            pod.mesh(),
            InterceptionMode.REDIRECT,
            List.of("--access-log", log.toString(), "--policy", policy.toString()));
    return ProxyUnderTest.start(
        pod.mesh(), Party.CLIENT, RunAs.ROOT, log, pod.asProxyInPod(command));
  }

  private static List<String> originalDestinations(ProxyUnderTest proxy, int enough) {
    return await().until(() -> proxy.records(), lines -> lines.size() >= enough).stream()
        .map(line -> line.get("original_destination"))
        .toList();
  }
}
