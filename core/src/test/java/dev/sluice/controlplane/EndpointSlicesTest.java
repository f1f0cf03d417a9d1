// SPDX-License-Identifier: Apache-2.0
package dev.sluice.controlplane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.model.IpFamily;
import dev.sluice.model.IpLiteral;
import dev.sluice.model.MeshSnapshot;
import dev.sluice.model.ServiceFrontend;
import dev.sluice.model.TransportProtocol;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Services and their endpoint slices, from a file to the frontends of a load balancer. */
final class EndpointSlicesTest {
  /** As the API server writes a dual-stack service; a folder of such files is a cluster. */
  private static final String SERVICE =
      """
      apiVersion: v1
      kind: Service
      metadata: {name: web, namespace: shop}
      spec:
        type: NodePort
        clusterIP: 10.96.0.10
        clusterIPs: [10.96.0.10, "fd00:10:96::10"]
        ipFamilies: [IPv4, IPv6]
        sessionAffinity: ClientIP
        sessionAffinityConfig: {clientIP: {timeoutSeconds: 600}}
        publishNotReadyAddresses: false
        ports:
        - {name: http, port: 80, targetPort: web, nodePort: 30080}
        - {name: dns, port: 53, protocol: UDP, targetPort: 5353, nodePort: 30080}
      status: {loadBalancer: {}}
      ---
      """;

  /** With every field that the endpoint slice controller writes. */
  private static final String SLICE =
      """
      apiVersion: discovery.k8s.io/v1
      kind: EndpointSlice
      metadata:
        name: web-abc12
        generateName: web-
        namespace: shop
        generation: 7
        labels:
          endpointslice.kubernetes.io/managed-by: endpointslice-controller.k8s.io
          kubernetes.io/service-name: web
        annotations: {endpoints.kubernetes.io/last-change-trigger-time: "2026-11-22T09:00:00Z"}
        ownerReferences: [{apiVersion: v1, kind: Service, name: web, controller: true}]
      addressType: IPv4
      ports:
      - {name: http, port: 8080, protocol: TCP, appProtocol: http}
      - {name: dns, port: 5353, protocol: UDP}
      endpoints:
      - addresses: [10.244.1.5]
        conditions: {ready: true, serving: true, terminating: false}
        hostname: web-0
        nodeName: node-1
        zone: zone-a
        hints: {forZones: [{name: zone-a}]}
        deprecatedTopology: {a: b}
        targetRef: {kind: Pod, name: web-0, namespace: shop, uid: "0"}
      - addresses: [10.244.1.6]
        conditions: {ready: false, serving: true, terminating: true}
      - addresses: [10.244.1.4]
      """;

  @TempDir private Path directory;

  @Test
  void readsEverythingThatALoadBalancerNeeds() throws Exception {
    MeshSnapshot snapshot = load(SERVICE + SLICE);

    assertThat(snapshot.frontends()).hasSize(2);
    ServiceFrontend http = snapshot.frontends().get(0);
    assertThat(http.service()).hasToString("shop/web");
    assertThat(http.port().name()).isEqualTo("http");
    assertThat(http.port().port()).isEqualTo(80);
    assertThat(http.port().protocol()).isEqualTo(TransportProtocol.TCP);
    assertThat(http.port().nodePort()).isEqualTo(OptionalInt.of(30080));
    assertThat(http.clusterIp(IpFamily.IPV4)).contains(IpLiteral.parse("10.96.0.10"));
    assertThat(http.clusterIp(IpFamily.IPV6)).contains(IpLiteral.parse("fd00:10:96::10"));
    assertThat(http.clientAffinity()).contains(Duration.ofMinutes(10));
    assertThat(http.selectable()).hasToString("[10.244.1.4:8080 READY, 10.244.1.5:8080 READY]");
    assertThat(http.unselectable()).hasToString("[10.244.1.6:8080 SERVING_TERMINATING]");
    ServiceFrontend dns = snapshot.frontends().get(1);
    assertThat(dns.port().protocol()).isEqualTo(TransportProtocol.UDP);
    assertThat(dns.selectable()).hasToString("[10.244.1.4:5353 READY, 10.244.1.5:5353 READY]");
  }

  /** What kube-proxy makes of the conditions; the API says what stands for one that isn't there. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "                                                | READY",
        "conditions: {}                                  | READY",
        "conditions: {ready: ~, serving: ~, terminating: ~} | READY",
        "conditions: {ready: true}                       | READY",
        "conditions: {ready: true, terminating: true}    | READY",
        "conditions: {ready: false}                      | NOT_READY",
        "conditions: {ready: false, serving: true}       | NOT_READY",
        "conditions: {ready: false, terminating: true}   | TERMINATING",
        "conditions: {ready: false, serving: true, terminating: true} | SERVING_TERMINATING",
        "conditions: {ready: false, serving: false, terminating: true} | TERMINATING",
        "conditions: {terminating: true}                 | READY",
      })
  void takesConditionsAsTheApiDefinesThem(@Nullable String conditions, String state)
      throws Exception {
    String slice =
        slice(
            "s",
            "IPv4",
            "{addresses: [10.244.1.5], %s}".formatted(conditions == null ? "" : conditions));
    ServiceFrontend http = load(SERVICE + slice).frontends().getFirst();

    assertThat(http.selectable().isEmpty() ? http.unselectable() : http.selectable())
        .hasToString("[10.244.1.5:8080 " + state + "]");
  }

  @Test
  void joinsSlicesOfBothFamiliesAndTakesAnAddressOfTwoForOneEndpoint() throws Exception {
    String slices =
        slice("a", "IPv4", "{addresses: [10.244.1.5]}, {addresses: [10.244.1.6]}")
            + slice("b", "IPv4", "{addresses: [10.244.1.6], conditions: {ready: false}}")
            + slice("c", "IPv6", "{addresses: [\"fd00:10:244::5\"]}");
    ServiceFrontend http = load(SERVICE + slices).frontends().getFirst();

    assertThat(http.selectable(IpFamily.IPV4))
        .hasToString("[10.244.1.5:8080 READY, 10.244.1.6:8080 READY]");
    assertThat(http.selectable(IpFamily.IPV6)).hasToString("[[fd00:10:244::5]:8080 READY]");
    assertThat(http.unselectable()).isEmpty();
  }

  @Test
  void keepsPortsOfOneServiceThatSlicesPutAtDifferentNumbersApart() throws Exception {
    String other = slice("b", "IPv4", "{addresses: [10.244.1.5]}").replace("8080", "9090");

    assertThat(
            load(SERVICE + slice("a", "IPv4", "{addresses: [10.244.1.5]}") + other)
                .frontends()
                .getFirst()
                .selectable())
        .hasToString("[10.244.1.5:8080 READY, 10.244.1.5:9090 READY]");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"endpoints: ~ | ports: ~", "endpoints: [] | ports: []", "# none | # none"})
  void readsTheSliceOfAServiceThatNobodyServes(String endpoints, String ports) throws Exception {
    String slice =
        slice("a", "IPv4", "")
            .replaceFirst("(?m)^ports: .*$", ports)
            .replaceFirst("(?m)^endpoints: .*$", endpoints);
    ServiceFrontend http = load(SERVICE + slice).frontends().getFirst();

    assertThat(http.selectable()).isEmpty();
    assertThat(http.unselectable()).isEmpty();
  }

  @Test
  void matchesTheOnePortWithoutAName() throws Exception {
    String service =
        """
        apiVersion: v1
        kind: Service
        metadata: {name: web, namespace: shop}
        spec: {clusterIP: 10.96.0.10, sessionAffinity: ClientIP, ports: [{port: 80}]}
        ---
        """;
    String unnamed = slice("a", "IPv4", "{addresses: [10.244.1.5]}").replace("name: http, ", "");
    String empty = unnamed.replace("ports: [{", "ports: [{name: \"\", ");

    for (String slice : List.of(unnamed, empty)) {
      ServiceFrontend only = load(service + slice).frontends().getFirst();
      assertThat(only.selectable()).hasToString("[10.244.1.5:8080 READY]");
      assertThat(only.clientAffinity()).contains(Duration.ofHours(3));
      assertThat(only.port().nodePort()).isEmpty();
    }
  }

  @Test
  void publishesEndpointsThatAreNotReadyIfTheServiceSaysSo() throws Exception {
    String slice = slice("a", "IPv4", "{addresses: [10.244.1.5], conditions: {ready: false}}");

    assertThat(
            load(SERVICE.replace("Addresses: false", "Addresses: true") + slice)
                .frontends()
                .getFirst()
                .selectable())
        .hasToString("[10.244.1.5:8080 NOT_READY]");
  }

  @Test
  void givesNoFrontendToServicesThatNobodyCanDial() throws Exception {
    MeshSnapshot snapshot =
        load(
            """
            apiVersion: v1
            kind: Service
            metadata: {name: web, namespace: shop}
            spec:
              clusterIP: None
              ports: [{name: http, port: 80}]
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: elsewhere, namespace: shop}
            spec: {type: ExternalName, externalName: db.example.org., sessionAffinity: None}
            ---
            """
                + slice("a", "IPv4", "{addresses: [10.244.1.5]}"));

    assertThat(snapshot.services()).hasSize(2);
    assertThat(snapshot.frontends()).isEmpty();
  }

  @Test
  void findsSlicesAndServicesInAnyOrder() throws Exception {
    assertThat(load(SLICE + "---\n" + SERVICE).frontends().getFirst().selectable()).hasSize(2);
  }

  private static String slice(String name, String family, String endpoints) {
    return """
    apiVersion: discovery.k8s.io/v1
    kind: EndpointSlice
    metadata: {name: %s, namespace: shop, labels: {kubernetes.io/service-name: web}}
    addressType: %s
    ports: [{name: http, port: 8080}]
    endpoints: [%s]
    ---
    """
        .formatted(name, family, endpoints);
  }

  private MeshSnapshot load(String text) throws IOException, ConfigurationException {
    return KubernetesFiles.load(List.of(Files.writeString(directory.resolve("mesh.yaml"), text)));
  }
}
