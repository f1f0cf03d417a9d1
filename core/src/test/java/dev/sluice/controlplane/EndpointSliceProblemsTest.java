// SPDX-License-Identifier: Apache-2.0
package dev.sluice.controlplane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What is refused of services and their endpoints, and where it is said to stand. */
final class EndpointSliceProblemsTest {
  private static final String SERVICE =
      """
      apiVersion: v1
      kind: Service
      metadata: {name: web}
      spec: {clusterIP: 10.96.0.10, ports: [{name: http, port: 80}]}
      ---
      """;

  /** Starts on line 6, its endpoint on line 14. */
  private static final String SLICE =
      SERVICE
          + """
          apiVersion: discovery.k8s.io/v1
          kind: EndpointSlice
          metadata:
            name: web-1
            labels: {kubernetes.io/service-name: web}
          addressType: IPv4
          ports: [{name: http, port: 8080}]
          endpoints:
          - addresses: [10.244.1.5]
          """;

  @TempDir private Path directory;

  /** Each row: what is replaced in a valid file, what by, and what is said of it. */
  static Stream<Arguments> slices() {
    return Stream.of(
        row(
            "labels: {kubernetes.io/service-name: web}",
            "namespace: default",
            "9:3: metadata: label \"kubernetes.io/service-name\" is missing; expected the name of"
                + " the service that it is a slice of"),
        row(
            "service-name: web",
            "service-name: Web",
            "10:40: metadata.labels.kubernetes.io/service-name: \"Web\" is not accepted; expected a"
                + " name of small letters, digits, '-' and '.' (RFC 1123)"),
        row(
            "service-name: web",
            "service-name: wob",
            "10:40: metadata.labels.kubernetes.io/service-name: service default/wob is in none of"
                + " the files"),
        row(
            "name: web-1",
            "name: web-1\n  namespace: other",
            "11:40: metadata.labels.kubernetes.io/service-name: service other/web is in none of the"
                + " files"),
        row("addressType: IPv4\n", "", "6:1: field \"addressType\" is missing"),
        row(
            "addressType: IPv4",
            "addressType: FQDN",
            "11:14: addressType: \"FQDN\" is not accepted; names are not supported; expected IPv4"
                + " or IPv6"),
        row(
            "addressType: IPv4",
            "addressType: ipv4",
            "11:14: addressType: \"ipv4\" is not accepted; expected IPv4 or IPv6"),
        row(
            "addressType: IPv4",
            "addressType: IPv6",
            "14:15: endpoints[0].addresses[0]: \"10.244.1.5\" is not accepted; expected an IPv6"
                + " address, as addressType says"),
        row(
            "[10.244.1.5]",
            "[\"fd00:10:244::5\"]",
            "14:15: endpoints[0].addresses[0]: \"fd00:10:244::5\" is not accepted; expected an IPv4"
                + " address, as addressType says"),
        row(
            "- addresses: [10.244.1.5]",
            "- nodeName: node-1",
            "14:3: endpoints[0]: field \"addresses\" is missing"),
        row(
            "[10.244.1.5]",
            "[]",
            "14:14: endpoints[0].addresses: the list is empty; expected at least one element, or no"
                + " such field"),
        row(
            "[10.244.1.5]",
            "[10.244.1.5, 10.244.1.6]",
            "14:27: endpoints[0].addresses[1]: the API gives no meaning to a second address;"
                + " expected one in each endpoint"),
        row(
            "[10.244.1.5]",
            "[10.244.1]",
            "14:15: endpoints[0].addresses[0]: \"10.244.1\" is not accepted; expected an IPv4 or"
                + " IPv6 address"),
        row(
            "[10.244.1.5]",
            "[10.244.1.500]",
            "14:15: endpoints[0].addresses[0]: \"10.244.1.500\" is not accepted; expected an IPv4"
                + " or IPv6 address"),
        row(
            "[10.244.1.5]",
            "[127.0.0.1]",
            "14:15: endpoints[0].addresses[0]: \"127.0.0.1\" is not accepted; expected a unicast"
                + " address that is neither loopback nor link-local"),
        row(
            "[10.244.1.5]",
            "[10.96.0.10]",
            "14:3: endpoints[0]: 10.96.0.10 is the service IP at FILE:4; expected an endpoint's own"
                + " address"),
        row(
            "[10.244.1.5]",
            "[10.244.1.5]\n  conditions: {ready: \"true\"}",
            "15:23: endpoints[0].conditions.ready: \"true\" is not accepted; expected true or"
                + " false"),
        row(
            "[10.244.1.5]",
            "[10.244.1.5]\n  conditions: {draining: true}",
            "15:16: endpoints[0].conditions: unknown field \"draining\"; expected one of ready,"
                + " serving, terminating"),
        row(
            "[10.244.1.5]",
            "[10.244.1.5]\n  weight: 2",
            "15:3: endpoints[0]: unknown field \"weight\"; expected one of addresses, conditions"),
        row(
            "[{name: http, port: 8080}]",
            "[{name: http}]",
            "12:9: ports[0]: it has no port and so stands for all, which is not supported; expected"
                + " a port"),
        row(
            "[{name: http, port: 8080}]",
            "[{name: http, port: ~}]",
            "12:9: ports[0]: it has no port and so stands for all, which is not supported; expected"
                + " a port"),
        row(
            "[{name: http, port: 8080}]",
            "[{name: http, port: 0}]",
            "12:28: ports[0].port: 0 is out of range; expected 1 to 65535"),
        row(
            "[{name: http, port: 8080}]",
            "[{name: https, port: 8443}]",
            "12:9: ports[0]: service default/web at FILE:1 has no port \"https\" TCP; expected one"
                + " of [\"http\" TCP]"),
        row(
            "[{name: http, port: 8080}]",
            "[{name: http, port: 8080, protocol: UDP}]",
            "12:9: ports[0]: service default/web at FILE:1 has no port \"http\" UDP; expected one"
                + " of [\"http\" TCP]"),
        row(
            "[{name: http, port: 8080}]",
            "[{port: 8080}]",
            "12:9: ports[0]: service default/web at FILE:1 has no port \"\" TCP; expected one of"
                + " [\"http\" TCP]"),
        row(
            "[{name: http, port: 8080}]",
            "[{name: http, port: 8080}, {name: http, port: 8081}]",
            "12:35: ports[1]: port name \"http\" is given twice; first at FILE:12"),
        row(
            "discovery.k8s.io/v1",
            "discovery.k8s.io/v1beta1",
            "6:1: apiVersion \"discovery.k8s.io/v1beta1\" is not accepted; expected"
                + " discovery.k8s.io/v1 for kind EndpointSlice"));
  }

  private static Arguments row(String valid, String mistake, String problem) {
    return Arguments.of(valid, mistake, problem);
  }

  @ParameterizedTest
  @MethodSource("slices")
  void refusesEndpointsThatNobodyCouldReach(String valid, String mistake, String problem)
      throws IOException {
    assertThat(SLICE).contains(valid);

    assertThat(problemsOf(SLICE.replace(valid, mistake))).containsExactly(problem);
  }

  /** Each row: the spec of a service in one line, and the problems of the file. */
  static Stream<Arguments> services() {
    return Stream.of(
        Arguments.of(
            "type: NodePort, clusterIP: 10.96.0.1, ports: [{port: 80, nodePort: 0}]",
            "4:75: spec.ports[0].nodePort: 0 is out of range; expected 1 to 65535"),
        Arguments.of(
            "type: NodePort, clusterIP: 10.96.0.1, ports: [{port: 80, nodePort: 65536}]",
            "4:75: spec.ports[0].nodePort: 65536 is out of range; expected 1 to 65535"),
        Arguments.of(
            "clusterIP: 10.96.0.1, ports: [{port: 80, nodePort: 30080}]",
            "4:59: spec.ports[0].nodePort: type is ClusterIP; expected NodePort or LoadBalancer"),
        Arguments.of(
            "type: NodePort, clusterIP: 10.96.0.1, ports: [{name: a, port: 80, nodePort: 30080},"
                + " {name: b, port: 81, nodePort: 30080}]",
            "4:122: spec.ports[1].nodePort: TCP node port 30080 is given twice; first at FILE:4"),
        Arguments.of(
            "type: NodePort, clusterIP: None, ports: [{port: 80}]",
            "4:35: spec.clusterIP: type is NodePort; expected an address or no such field"),
        Arguments.of(
            "type: ExternalName, externalName: db.example, clusterIP: 10.96.0.1, ports: [{port:"
                + " 80}]",
            "4:65: spec.clusterIP: type is ExternalName; expected no cluster IP beside it"),
        Arguments.of(
            "clusterIP: 10.96.0.1, externalName: db.example, ports: [{port: 80}]",
            "4:44: spec.externalName: type is ClusterIP; expected type ExternalName beside it"),
        Arguments.of(
            "type: ExternalName, externalName: not_a_name",
            "4:42: spec.externalName: \"not_a_name\" is not accepted; expected a name of small"
                + " letters, digits, '-' and '.' (RFC 1123)"),
        Arguments.of(
            "sessionAffinity: clientIP",
            "4:25: spec.sessionAffinity: \"clientIP\" is not accepted; expected None or ClientIP"),
        Arguments.of(
            "sessionAffinityConfig: {clientIP: {timeoutSeconds: 1}}",
            "4:31: spec.sessionAffinityConfig: it is for sessionAffinity ClientIP; expected that"
                + " too"),
        Arguments.of(
            "sessionAffinity: ClientIP, sessionAffinityConfig: {clientIP: {timeoutSeconds: 0}}",
            "4:86: spec.sessionAffinityConfig.clientIP.timeoutSeconds: 0 is out of range; expected"
                + " 1 to 86400"),
        Arguments.of(
            "sessionAffinity: ClientIP, sessionAffinityConfig: {clientIP: {timeoutSeconds: 86401}}",
            "4:86: spec.sessionAffinityConfig.clientIP.timeoutSeconds: 86401 is out of range;"
                + " expected 1 to 86400"),
        Arguments.of(
            "publishNotReadyAddresses: yes",
            "4:34: spec.publishNotReadyAddresses: \"yes\" is not accepted; expected true or"
                + " false"));
  }

  @ParameterizedTest
  @MethodSource("services")
  void refusesServicesThatCouldNotBeBalanced(String spec, String problem) throws IOException {
    assertThat(
            problemsOf(
                "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {" + spec + "}\n"))
        .containsExactly(problem);
  }

  @Test
  void namesBothPlacesOfWhatTwoServicesClaim() throws IOException {
    String claim =
        """
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: %s}
        spec:
          type: NodePort
          clusterIP: 10.96.0.1
          ports:
          - port: 53
            nodePort: 30053
            protocol: %s
        """;

    assertThat(
            problemsOf(
                claim.formatted("a", "UDP")
                    + claim.formatted("b", "UDP")
                    + claim.formatted("c", "TCP")))
        .containsExactly(
            "18:14: spec.clusterIP: service IP 10.96.0.1 is given twice; first at FILE:7",
            "21:15: spec.ports[0].nodePort: UDP node port 30053 is given twice; first at FILE:10",
            "29:14: spec.clusterIP: service IP 10.96.0.1 is given twice; first at FILE:7");
  }

  @Test
  void reportsTheMistakesOfAllObjectsAtOnce() throws IOException {
    String second = SLICE.substring(SERVICE.length()).replace("10.244.1.5", "here");

    assertThat(problemsOf(SLICE.replace("port: 80}", "port: 99999}") + "---\n" + second))
        .containsExactly(
            "4:58: spec.ports[0].port: 99999 is out of range; expected 1 to 65535",
            "16:1: endpoint slice default/web-1 is given twice; first at FILE:6",
            "24:15: endpoints[0].addresses[0]: \"here\" is not accepted; expected an IPv4 or IPv6"
                + " address");
  }

  private List<String> problemsOf(String text) throws IOException {
    Path file = Files.writeString(directory.resolve("mesh.yaml"), text);
    ConfigurationException refused =
        catchThrowableOfType(
            ConfigurationException.class, () -> KubernetesFiles.load(List.of(file)));
    assertThat(refused).as("the file was accepted").isNotNull();
    return refused.problems().stream()
        .map(problem -> problem.toString().replace(file + ":", "FILE:").replaceFirst("FILE:", ""))
        .toList();
  }
}
