// SPDX-License-Identifier: Apache-2.0
package dev.sluice.outbound;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.controlplane.KubernetesFiles;
import dev.sluice.failure.FailureKind;
import dev.sluice.failure.Outcome;
import dev.sluice.intercept.Interception;
import dev.sluice.model.MeshSnapshot;
import dev.sluice.net.AddressText;
import dev.sluice.net.ClientAddress;
import dev.sluice.net.OriginalDestination;
import dev.sluice.net.PathReason;
import dev.sluice.upstream.UpstreamSource;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class OutboundPlannerTest {
  private static final ClientAddress CLIENT = new ClientAddress(address("10.7.1.2", 40_000));

  @TempDir private Path folder;

  private MeshSnapshot snapshot;

  OutboundPlannerTest() throws Exception {
    this.snapshot = KubernetesFiles.load(List.of());
  }

  @BeforeEach
  void loadThePolicy() throws Exception {
    Path file =
        Files.writeString(
            folder.resolve("policy.yaml"),
            """
            apiVersion: v1
            kind: Service
            metadata: {name: ledger, namespace: bank}
            spec:
              clusterIPs: [10.96.0.10, "fd00:10:96::10"]
              ports: [{name: a, port: 80}, {name: b, port: 81}]
            ---
            apiVersion: security.istio.io/v1
            kind: AuthorizationPolicy
            metadata: {name: closed, namespace: bank}
            spec:
              targetRefs: [{kind: Service, group: "", name: ledger}]
              action: DENY
              rules: [{to: [{operation: {ports: ["80"]}}]}]
            """);
    snapshot = KubernetesFiles.load(List.of(file));
  }

  @ParameterizedTest
  @CsvSource({
    "10.96.0.10, 80, true",
    "10.96.0.10, 81, false",
    "fd00:10:96::10, 80, true",
    "fd00:10:96::10, 81, false",
    "10.96.0.11, 80, false",
    "192.0.2.1, 80, false"
  })
  void asksThePolicyOfTheServiceIp(String host, int port, boolean denied) {
    OutboundPlan plan = plan(new Interception.Found(destination(host, port)), true);
    if (denied) {
      assertThat(failure(plan).kind()).isEqualTo(FailureKind.POLICY_DENIED);
      assertThat(failure(plan).detail()).startsWith("bank/closed: ");
    } else {
      assertThat(plan)
          .isInstanceOfSatisfying(
              OutboundPlan.Passthrough.class,
              passthrough -> {
                assertThat(passthrough.attempt().endpoint().socketAddress())
                    .isEqualTo(address(host, port));
                assertThat(passthrough.attempt().source())
                    .isInstanceOf(UpstreamSource.ChosenByKernel.class);
              });
    }
    assertThat(plan.reason())
        .isEqualTo(host.endsWith("10") ? PathReason.CAPTURED : PathReason.NO_SERVICE);
  }

  @Test
  void refusesALoopBeforeItAsksThePolicy() {
    Interception loop = new Interception.Loop(destination("10.96.0.10", 80), "ourselves");
    assertThat(failure(plan(loop, true)))
        .isEqualTo(new Outcome.Failed(FailureKind.LOOP, "ourselves"));
  }

  @Test
  void refusesWhatNobodyKnowsTheDestinationOf() {
    assertThat(failure(plan(new Interception.Unknown("ENOENT"), true)))
        .isEqualTo(new Outcome.Failed(FailureKind.NO_ORIGINAL_DESTINATION, "ENOENT"));
  }

  @Test
  void refusesWhatIsBeyondTheLimit() {
    Interception found = new Interception.Found(destination("192.0.2.1", 80));
    assertThat(failure(plan(found, false)).kind()).isEqualTo(FailureKind.CONNECTION_LIMIT);
  }

  private OutboundPlan plan(Interception interception, boolean withinLimit) {
    return OutboundPlanner.plan(new OutboundFacts(CLIENT, interception, withinLimit), snapshot);
  }

  private static Outcome.Failed failure(OutboundPlan plan) {
    return switch (plan) {
      case OutboundPlan.Refused refused -> refused.why();
      case OutboundPlan.Passthrough passthrough ->
          throw new AssertionError(
              "not refused: " + AddressText.of(passthrough.attempt().endpoint().socketAddress()));
    };
  }

  private static OriginalDestination destination(String host, int port) {
    return new OriginalDestination(address(host, port));
  }

  private static InetSocketAddress address(String host, int port) {
    return new InetSocketAddress(InetAddress.ofLiteral(host), port);
  }
}
