// SPDX-License-Identifier: Apache-2.0
package dev.sluice.controlplane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.model.AuthorizationPolicy;
import dev.sluice.model.AuthorizationPolicy.Action;
import dev.sluice.model.IpBlock;
import dev.sluice.model.IpLiteral;
import dev.sluice.model.MeshSnapshot;
import dev.sluice.model.ObjectName;
import dev.sluice.model.OperationMatch;
import dev.sluice.model.PolicyCondition;
import dev.sluice.model.PolicyRule;
import dev.sluice.model.Service;
import dev.sluice.model.ServicePort;
import dev.sluice.model.SourceMatch;
import dev.sluice.model.TargetPort;
import dev.sluice.model.TransportProtocol;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class KubernetesFilesTest {
  private static final String SERVICE =
      """
      apiVersion: v1
      kind: Service
      metadata:
        name: web
        namespace: shop
        labels: {app: web}
        annotations: {example.org/owner: someone}
        uid: 9d9dbd3c-0000-0000-0000-000000000000
        managedFields: [{anything: {goes: here}}]
      spec:
        type: ClusterIP
        clusterIP: 10.96.0.10
        clusterIPs: [10.96.0.10, "fd00:10:96::10"]
        ipFamilies: [IPv4, IPv6]
        ipFamilyPolicy: PreferDualStack
        internalTrafficPolicy: Cluster
        sessionAffinity: None
        selector: {app: web}
        ports:
        - {name: http, port: 80, targetPort: http, appProtocol: http}
        - {name: dns, port: 53, protocol: UDP}
      status:
        loadBalancer: {}
      """;

  private static final String POLICY =
      """
      apiVersion: security.istio.io/v1
      kind: AuthorizationPolicy
      metadata:
        name: deny-some
        namespace: shop
      spec:
        action: DENY
        targetRefs:
        - {kind: Service, group: "", name: web}
        rules:
        - from:
          - source:
              ipBlocks: ["10.0.0.0/8"]
              notIpBlocks: ["10.7.1.2", "2001:db8::/32"]
          to:
          - operation: {ports: ["80"], notPorts: ["443"]}
          when:
          - {key: source.ip, values: ["10.0.0.0/8"]}
          - {key: destination.ip, notValues: ["10.96.0.11"]}
          - {key: destination.port, values: ["80"], notValues: ["81"]}
        - {}
      """;

  @TempDir private Path directory;

  @Test
  void readsAServiceWithEverythingThatMattersToLayerFour() throws Exception {
    assertThat(load(SERVICE).services())
        .containsExactly(
            new Service(
                new ObjectName("shop", "web"),
                List.of(IpLiteral.parse("10.96.0.10"), IpLiteral.parse("fd00:10:96::10")),
                List.of(
                    new ServicePort(
                        "http", 80, TransportProtocol.TCP, new TargetPort.Named("http")),
                    new ServicePort(
                        "dns", 53, TransportProtocol.UDP, new TargetPort.Numbered(53)))));
  }

  @Test
  void readsEveryLayerFourFieldOfAPolicy() throws Exception {
    PolicyRule first =
        new PolicyRule(
            List.of(new SourceMatch(blocks("10.0.0.0/8"), blocks("10.7.1.2", "2001:db8::/32"))),
            List.of(new OperationMatch(Set.of(80), Set.of(443))),
            List.of(
                new PolicyCondition.SourceIp(blocks("10.0.0.0/8"), List.of()),
                new PolicyCondition.DestinationIp(List.of(), blocks("10.96.0.11")),
                new PolicyCondition.DestinationPort(Set.of(80), Set.of(81))));

    assertThat(load(SERVICE + "---\n" + POLICY).policies())
        .containsExactly(
            new AuthorizationPolicy(
                new ObjectName("shop", "deny-some"),
                Action.DENY,
                List.of(new ObjectName("shop", "web")),
                List.of(first, PolicyRule.EVERYTHING)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "  rules: []\n"})
  void takesNoRulesAndAbsentRulesForTheSameAndAllowForTheDefault(String rules) throws Exception {
    String policy =
        """
        apiVersion: security.istio.io/v1beta1
        kind: AuthorizationPolicy
        metadata: {name: p, namespace: shop}
        spec:
          targetRefs: [{kind: Service, name: web}]
        """
            + rules;

    assertThat(load(SERVICE + "---\n" + policy).policies())
        .singleElement()
        .satisfies(
            read -> {
              assertThat(read.action()).isEqualTo(Action.ALLOW);
              assertThat(read.rules()).isEmpty();
            });
  }

  @Test
  void joinsFilesDocumentsAndListsIntoOneSnapshot() throws Exception {
    Path services =
        write(
            "services.yaml",
            """
            # empty documents are nothing
            ---
            ---
            apiVersion: v1
            kind: List
            metadata: {resourceVersion: ""}
            items:
            - apiVersion: v1
              kind: Service
              metadata: {name: a}
              spec: {clusterIP: 10.96.0.1, ports: [{port: 1}]}
            - apiVersion: v1
              kind: Service
              metadata: {name: headless}
              spec: {clusterIP: None, clusterIPs: [None], ports: [{port: 1}]}
            """);
    Path policies =
        write(
            "policies.yaml",
            """
            {"apiVersion": "security.istio.io/v1", "kind": "AuthorizationPolicy",
             "metadata": {"name": "p"},
             "spec": {"targetRefs": [{"kind": "Service", "name": "a"}], "rules": [{}]}}
            """);

    MeshSnapshot snapshot = KubernetesFiles.load(List.of(policies, services));

    assertThat(snapshot.services())
        .extracting(service -> service.name().toString())
        .containsExactly("default/a", "default/headless");
    assertThat(snapshot.serviceAt(IpLiteral.parse("10.96.0.1")).orElseThrow().allowPolicies())
        .hasSize(1);
  }

  @Test
  void skipsAByteOrderMarkAndReadsWindowsLineEnds() throws Exception {
    assertThat(load("\uFEFF" + SERVICE.replace("\n", "\r\n")).services()).hasSize(1);
  }

  @Test
  void readsTheExampleOfTheDocumentation() throws Exception {
    String text = Files.readString(Path.of("..", "docs", "policy.md"));
    String example = text.substring(text.indexOf("```yaml\n") + 8);

    MeshSnapshot snapshot = load(example.substring(0, example.indexOf("```")));

    assertThat(snapshot.services()).hasSize(1);
    assertThat(snapshot.policies()).hasSize(1);
  }

  private MeshSnapshot load(String text) throws IOException, ConfigurationException {
    return KubernetesFiles.load(List.of(write("mesh.yaml", text)));
  }

  private Path write(String name, String text) throws IOException {
    return Files.writeString(directory.resolve(name), text);
  }

  private static List<IpBlock> blocks(String... texts) {
    return List.of(texts).stream().map(IpBlock::parse).toList();
  }
}
