// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.serviceip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.it.proxy.Mesh;
import dev.sluice.it.proxy.ProxyUnderTest;
import dev.sluice.lab.party.LabProcess;
import dev.sluice.lab.party.RunAs;
import dev.sluice.lab.topology.Party;
import dev.sluice.net.InterceptionMode;
import dev.sluice.process.CommandResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A pod with a proxy behind REDIRECT whose services go past it where that is possible. The proxy's
 * access log and the counter of the rule that redirects say which way a connection went.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class WithoutProxyIT {
  private static final int OPEN = 0;
  private static final int SHUT = 2;

  /**
   * No client may dial {@link #SHUT}; who may dial {@link Services#CLOSED} depends on its address.
   */
  private static final String POLICIES =
      Services.POLICY
          + """
          ---
          apiVersion: security.istio.io/v1
          kind: AuthorizationPolicy
          metadata: {name: shut, namespace: shop}
          spec:
            targetRefs: [{kind: Service, group: "", name: s%d}]
            action: DENY
            rules: [{to: [{operation: {ports: ["80"]}}]}]
          """
              .formatted(SHUT);

  private final MeshedPod pod = MeshedPod.build();
  private final LabProcess backends = pod.startBackends();
  private final ProxyUnderTest proxy;

  WithoutProxyIT() throws Exception {
    Path log = pod.mesh().folder().resolve("access.log");
    proxy =
        ProxyUnderTest.start(
            pod.mesh(),
            Party.CLIENT,
            RunAs.ROOT,
            log,
            pod.asProxyInPod(
                ProxyUnderTest.command(
                    pod.mesh(),
                    InterceptionMode.REDIRECT,
                    List.of("--access-log", log.toString(), "--policy", "" + written(POLICIES)))));
  }

  @AfterEach
  void uninstall() throws Exception {
    pod.uninstall();
    pod.mesh().rules(Party.CLIENT, InterceptionMode.REDIRECT);
  }

  @AfterAll
  void close() throws Exception {
    proxy.close();
    backends.close();
    pod.close();
  }

  @ParameterizedTest
  @EnumSource(Form.class)
  void goesPastTheProxyWhereThePolicyCanBeDecidedAtConnect(Form form) throws Exception {
    apply(POLICIES);
    int before = proxy.records().size();
    long redirected = redirected();

    List<Map<String, String>> open = pod.client("plain", "5", form.argument(OPEN));
    assertThat(open).hasSize(5).allSatisfy(line -> assertThat(line).containsKey("name"));
    assertThat(pod.client("plain", "2", form.argument(SHUT)))
        .hasSize(2)
        .allSatisfy(line -> assertThat(line).containsEntry("error", "ECONNREFUSED"));
    assertThat(redirected()).as("redirected connections").isEqualTo(redirected);

    // One that is proxied comes last: whatever had come before it would stand before it.
    pod.client("plain", "1", form.argument(Services.CLOSED));
    await().until(() -> proxy.records().size() > before);
    assertThat(proxy.records().subList(before, proxy.records().size()))
        .singleElement()
        .satisfies(
            line ->
                assertThat(line)
                    .containsEntry("path", "proxied")
                    .containsEntry("path_reason", "no_service"));
    assertThat(redirected()).isEqualTo(redirected + 1);
  }

  @ParameterizedTest
  @EnumSource(Form.class)
  void decidesByTheProxyWhatDependsOnTheClient(Form form) throws Exception {
    apply(POLICIES);
    pod.giveServiceIpBack();
    int before = proxy.records().size();

    assertThat(pod.client("plain", "1", form.argument(Services.CLOSED)).getFirst())
        .containsKey("error");
    assertThat(pod.client("plain", "1", form.argument(OPEN)).getFirst()).containsKey("name");
    await().until(() -> proxy.records().size() > before);
    assertThat(proxy.records().subList(before, proxy.records().size()))
        .singleElement()
        .satisfies(
            line ->
                assertThat(line)
                    .containsEntry("original_destination", form.text(Services.CLOSED))
                    .containsEntry("path_reason", "source_address")
                    .containsEntry("outcome", "policy_denied"));
  }

  @Test
  void saysWhichAndWhy() throws Exception {
    apply(POLICIES);
    CommandResult status = pod.sluice("status");
    assertThat(status.exitCode()).as(status.errors()).isZero();
    for (String family : List.of("IPv4", "IPv6")) {
      assertThat(status.output())
          .contains(
              "  service shop/s0:80/TCP/" + family + "  socket, no_policy: no policy is about it\n",
              "  service shop/s1:80/TCP/"
                  + family
                  + "  proxied, source_address: rules[0] of policy shop/closed asks for the"
                  + " client's address, which isn't chosen before connect\n",
              "  service shop/s2:80/TCP/"
                  + family
                  + "  socket, denied: rules[0] of DENY policy shop/shut matches, whatever the"
                  + " client's address\n");
    }
    assertThat(pod.sluice("status", "--json").output())
        .contains("\"path\":\"proxied\",\"pathReason\":\"source_address\"");
  }

  @ParameterizedTest
  @EnumSource(Form.class)
  void staysProxiedUnderRulesOfOthers(Form form) throws Exception {
    pod.mesh().rules(Party.CLIENT, InterceptionMode.REDIRECT, "--exempt-mark", "none");
    apply(POLICIES, "--exempt-mark", "none");
    int before = proxy.records().size();

    assertThat(pod.client("plain", "2", form.argument(OPEN)))
        .allSatisfy(line -> assertThat(line).containsKey("name"));
    assertThat(pod.client("plain", "1", form.argument(SHUT)).getFirst())
        .containsEntry("error", "ECONNREFUSED");
    await().until(() -> proxy.records().size() == before + 2);
    assertThat(pod.sluice("status").output())
        .contains(
            "shop/s0:80/TCP/IPv4  proxied, no_exemption: nothing exempts its connections from"
                + " capture\n",
            "shop/s2:80/TCP/IPv4  socket, denied: ");
  }

  /** As the real tool makes them: the mark is set, and nothing there knows it. */
  @ParameterizedTest
  @EnumSource(
      value = Form.class,
      names = {"IPV4", "IPV6"})
  void saysThatRulesOfAnotherMeshCaptureWhatNeedsNoProxy(Form form) throws Exception {
    Mesh mesh = pod.mesh();
    mesh.in(Party.CLIENT, mesh.launcher(), "init", "--cleanup");
    String[] dryRun = {
      mesh.launcher(), "init", "--dry-run", "--format=istio", "--dual-stack", "-i", "*"
    };
    String wanted = mesh.in(Party.CLIENT, dryRun);
    String[] families = wanted.split("(?<=COMMIT\n)", -1);
    restore("iptables-restore", families[0]);
    restore("ip6tables-restore", families[1]);
    apply(POLICIES);
    int before = proxy.records().size();

    assertThat(pod.client("plain", "2", form.argument(OPEN)))
        .allSatisfy(line -> assertThat(line).containsKey("name"));
    await().until(() -> proxy.records().size() == before + 2);
    String[] asked = {"status", "--network-namespace", mesh.namespace(Party.CLIENT).toString()};
    CommandResult status = pod.sluice(asked);
    assertThat(status.exitCode()).as(status.errors()).isZero();
    assertThat(status.output())
        .contains(
            "shop/s0:80/TCP/IPv4  proxied, no_exemption: rules of this network namespace,"
                + " Istio's, by iptables-",
            "shop/s2:80/TCP/IPv4  socket, denied: ");
    assertThat(pod.sluice("status").output()).contains("shop/s0:80/TCP/IPv4  socket, no_policy");
    mesh.in(Party.CLIENT, mesh.launcher(), "init", "--cleanup=istio");
  }

  private void restore(String program, String rules) throws IOException {
    Path file = Files.writeString(pod.mesh().folder().resolve(program), rules);
    pod.mesh().in(Party.CLIENT, program, "--noflush", file.toString());
  }

  @ParameterizedTest
  @EnumSource(
      value = Form.class,
      names = {"IPV4", "IPV6"})
  void movesNewConnectionsWhenThePolicyChangesAndFailsNone(Form form) throws Exception {
    String guarded = POLICIES.replace("name: s" + Services.CLOSED, "name: s" + OPEN);
    String harmless = guarded.replace("10.7.1.0/24", "192.0.2.0/24").replace("7:1::", "9:9::");
    apply(POLICIES);
    int before = proxy.records().size();
    try (LabProcess load = load(form)) {
      for (int change = 0; change < 3; change++) {
        int proxied = proxy.records().size();
        apply(harmless);
        await().until(() -> proxy.records().size() > proxied + 10);
        apply(POLICIES);
        int enough = lines(load) + 20;
        await().until(() -> lines(load) > enough);
      }
      assertThat(load.lines()).allSatisfy(line -> assertThat(line).contains(" name="));
      assertThat(lines(load)).isGreaterThan(proxy.records().size() - before + 50);
    }
  }

  private LabProcess load(Form form) throws IOException {
    Path client = Path.of(WithoutProxyIT.class.getResource("client.py").getPath());
    LabProcess load =
        pod.mesh()
            .start(
                Party.CLIENT,
                RunAs.ROOT,
                List.of(
                    "bash",
                    "-c",
                    "echo $$ > %s/cgroup.procs && exec \"$@\"".formatted(pod.cgroup()),
                    "load",
                    "/usr/bin/python3",
                    client.toString(),
                    "plain",
                    "1000000",
                    form.argument(OPEN)));
    await().until(() -> lines(load) > 5);
    return load;
  }

  private static int lines(LabProcess process) {
    return process.lines().size();
  }

  private void apply(String policies, String... options) throws IOException {
    List<String> words =
        new ArrayList<>(List.of("lb", "apply", "-f", "" + written(policies), "--cgroup"));
    words.add("" + pod.parent());
    words.addAll(List.of(options));
    CommandResult applied = pod.sluice(words.toArray(String[]::new));
    assertThat(applied.exitCode()).as(applied.errors()).isZero();
  }

  private Path written(String policies) throws IOException {
    return Files.writeString(
        pod.mesh().folder().resolve("policies.yaml"), Services.yaml() + policies);
  }

  /** Connections of both families that the rule for the outbound listener took. */
  private long redirected() throws IOException {
    long sum = 0;
    for (String save : List.of("iptables-save", "ip6tables-save")) {
      for (String line : pod.mesh().in(Party.CLIENT, save, "-c", "-t", "nat").lines().toList()) {
        if (line.contains("-A SLUICE_REDIRECT ")) {
          sum += Long.parseLong(line.substring(1, line.indexOf(':')));
        }
      }
    }
    return sum;
  }
}
