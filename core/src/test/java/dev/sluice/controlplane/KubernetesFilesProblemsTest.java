// SPDX-License-Identifier: Apache-2.0
package dev.sluice.controlplane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is refused, and what is said about it; each row is a fragment put into a valid file. */
final class KubernetesFilesProblemsTest {
  private static final String SERVICE =
      """
      apiVersion: v1
      kind: Service
      metadata: {name: web}
      spec: {clusterIP: 10.96.0.10, ports: [{port: 80}]}
      ---
      """;

  /** Fifteen lines before the fragment, which starts on line 16. */
  private static final String POLICY =
      SERVICE
          + """
          apiVersion: security.istio.io/v1
          kind: AuthorizationPolicy
          metadata:
            name: p
          spec:
            action: DENY
            targetRefs:
            - kind: Service
              name: web
          # the fragment follows
          """;

  @TempDir private Path directory;

  static Stream<Arguments> fragments() {
    return Stream.of(
        row("  rules:\n", "16:9: spec.rules: nothing is not accepted; expected a list"),
        row("  rules: {}\n", "16:10: spec.rules: a mapping is not accepted; expected a list"),
        row("  rules: [~]\n", "16:11: spec.rules[0]: nothing is not accepted; expected a mapping"),
        row(
            "  rule: []\n",
            "16:3: spec: unknown field \"rule\"; expected one of action," + " targetRefs, rules"),
        row(
            "  rules: []\n  rules: [{}]\n",
            "17:3: spec: field \"rules\" is given twice; first at" + " FILE:16"),
        row(
            "  selector: {}\n",
            "16:3: spec: field \"selector\" is not supported: policies are about services here;"
                + " expected targetRefs"),
        row(
            "  rules: [{from: []}]\n",
            "16:18: spec.rules[0].from: the list is empty; expected at least one element, or no"
                + " such field"),
        row(
            "  rules: [{from: [{}]}]\n",
            "16:19: spec.rules[0].from[0]: field \"source\" is missing"),
        row(
            "  rules: [{from: [{source: {}}]}]\n",
            "16:28: spec.rules[0].from[0].source: it has no condition; expected ipBlocks or"
                + " notIpBlocks"),
        row(
            "  rules: [{from: [{source: {ipBlocks: []}}]}]\n",
            "16:39: spec.rules[0].from[0].source.ipBlocks: the list is empty; expected at least"
                + " one element, or no such field"),
        row(
            "  rules: [{from: [{source: {ipBlocks: [10.0.0.0/33]}}]}]\n",
            "16:40: spec.rules[0].from[0].source.ipBlocks[0]: \"10.0.0.0/33\" is not accepted;"
                + " prefix length 33 is out of range; expected 0 to 32"),
        row(
            "  rules: [{from: [{source: {notIpBlocks: [web.example]}}]}]\n",
            "16:43: spec.rules[0].from[0].source.notIpBlocks[0]: \"web.example\" is not accepted;"
                + " expected an IPv4 or IPv6 address"),
        row(
            "  rules: [{to: [{operation: {ports: [80]}}]}]\n",
            "16:38: spec.rules[0].to[0].operation.ports[0]: \"80\" is not accepted; expected a"
                + " text in quotes"),
        row(
            "  rules: [{to: [{operation: {ports: [\"0\", \"65536\", \"http\"]}}]}]\n",
            "16:38: spec.rules[0].to[0].operation.ports[0]: \"0\" is not accepted; expected a"
                + " port, 1 to 65535",
            "16:43: spec.rules[0].to[0].operation.ports[1]: \"65536\" is not accepted; expected a"
                + " port, 1 to 65535",
            "16:52: spec.rules[0].to[0].operation.ports[2]: \"http\" is not accepted; expected a"
                + " port, 1 to 65535"),
        row(
            "  rules: [{when: [{key: source.ip}]}]\n",
            "16:19: spec.rules[0].when[0]: it has neither values nor notValues; expected one of"
                + " them"),
        row(
            "  rules: [{when: [{key: \"request.headers[x]\", values: [y]}]}]\n",
            "16:25: spec.rules[0].when[0].key: \"request.headers[x]\" is not accepted; this key is"
                + " not supported; expected one of source.ip, destination.ip, destination.port"),
        row(
            "  rules: [{when: [{key: sourceip, values: [y]}]}]\n",
            "16:25: spec.rules[0].when[0].key: \"sourceip\" is not accepted; this key is unknown;"
                + " expected one of source.ip, destination.ip, destination.port"),
        row(
            "  <<: {rules: []}\n",
            "16:3: spec: unknown field \"<<\"; expected one of action, targetRefs, rules"),
        row(
            "  ? [a]\n  : b\n",
            "16:5: spec: the name of a field is no text; expected it in quotes"),
        row(
            "  rules: !!set {}\n  !!merge <<: {}\n",
            "16:10: tag \"tag:yaml.org,2002:set\" is not accepted here",
            "17:3: tag \"tag:yaml.org,2002:merge\" is not accepted here"),
        row(
            "  rules: &a []\n  provider: *a\n",
            "17:13: an alias is not accepted here; expected the" + " value itself"),
        row("  rules: [\n", "17:1: not YAML: expected the node content, but found '<stream end>'"));
  }

  private static Arguments row(String fragment, String... problems) {
    return Arguments.of(fragment, List.of(problems));
  }

  @ParameterizedTest
  @MethodSource("fragments")
  void refusesWithThePlaceAndWhatWasExpected(String fragment, List<String> problems)
      throws IOException {
    assertThat(problemsOf(POLICY + fragment)).containsExactlyElementsOf(problems);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "from: [{source: {principals: [a]}}]",
        "from: [{source: {notPrincipals: [a]}}]",
        "from: [{source: {requestPrincipals: [a]}}]",
        "from: [{source: {notRequestPrincipals: [a]}}]",
        "from: [{source: {namespaces: [a]}}]",
        "from: [{source: {notNamespaces: [a]}}]",
        "from: [{source: {serviceAccounts: [a]}}]",
        "from: [{source: {notServiceAccounts: [a]}}]",
        "from: [{source: {remoteIpBlocks: [10.0.0.1]}}]",
        "from: [{source: {notRemoteIpBlocks: [10.0.0.1]}}]",
        "to: [{operation: {hosts: [a]}}]",
        "to: [{operation: {notHosts: [a]}}]",
        "to: [{operation: {methods: [GET]}}]",
        "to: [{operation: {notMethods: [GET]}}]",
        "to: [{operation: {paths: [/]}}]",
        "to: [{operation: {notPaths: [/]}}]",
        "when: [{key: \"request.auth.claims[iss]\", values: [a]}]",
        "when: [{key: source.principal, values: [a]}]",
        "when: [{key: source.namespace, values: [a]}]",
        "when: [{key: remote.ip, values: [10.0.0.1]}]",
        "when: [{key: connection.sni, values: [a]}]",
      })
  void tellsAFieldThatIsNotSupportedFromOneThatIsUnknown(String rule) throws IOException {
    String unknown = rule.replaceFirst("((source|operation): \\{|key: \"?)", "$1x");

    assertThat(problemsOf(POLICY + "  rules: [{" + rule + "}]\n"))
        .singleElement()
        .asString()
        .contains("not supported");
    assertThat(problemsOf(POLICY + "  rules: [{" + unknown + "}]\n"))
        .first()
        .asString()
        .contains("unknown")
        .doesNotContain("not supported");
  }

  @Test
  void reportsThreeMistakesInThreeObjectsAtOnceInTheirOrder() throws IOException {
    String text =
        """
        apiVersion: v1
        kind: Service
        metadata: {name: web}
        spec:
          clusterIP: 10.96.0.300
          ports: [{port: 80}]
        ---
        apiVersion: security.istio.io/v1
        kind: AuthorizationPolicy
        metadata: {name: p}
        spec:
          targetRefs: [{kind: Service, name: web}]
          rules:
          - to:
            - operation:
                methods: [GET]
        ---
        apiVersion: security.istio.io/v1
        kind: AuthorizationPolicy
        metadata: {name: q}
        spec:
          targetRefs: [{kind: Service, name: webb}]
        """;

    assertThat(problemsOf(text))
        .containsExactly(
            "5:14: spec.clusterIP: \"10.96.0.300\" is not accepted; expected an IPv4 or IPv6"
                + " address",
            "16:9: spec.rules[0].to[0].operation: field \"methods\" is not supported: it is about"
                + " HTTP; only ports are known here",
            "22:16: spec.targetRefs[0]: service default/webb is in none of the files");
  }

  @Test
  void saysFileLineAndColumnInItsMessage() throws IOException {
    Path file = Files.writeString(directory.resolve("mesh.yaml"), "kind: Service\n");

    assertThat(load(file))
        .hasMessage(file + ":1:1: apiVersion is missing; expected v1 for kind Service");
  }

  static Stream<Arguments> objects() {
    return Stream.of(
        Arguments.of("", "1:1: the file has no object; expected a Service at least"),
        Arguments.of(
            "# only a comment\n", "1:1: the file has no object; expected a Service at" + " least"),
        Arguments.of(
            "just text\n",
            "1:1: this is no Kubernetes object; expected a mapping with" + " apiVersion and kind"),
        Arguments.of(
            "apiVersion: v2\nkind: Service\n",
            "1:1: apiVersion \"v2\" is not accepted;" + " expected v1 for kind Service"),
        Arguments.of(
            "apiVersion: v1\nkind: Endpoints\n",
            "1:1: kind \"Endpoints\" is not supported here yet; expected Service, EndpointSlice or"
                + " AuthorizationPolicy"),
        Arguments.of(
            "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: List, items: []}\n",
            "4:3: items[0]: kind \"List\" is not supported here yet; expected Service,"
                + " EndpointSlice or AuthorizationPolicy"),
        Arguments.of(
            "apiVersion: v1\nkind: List\nitems: []\n",
            "3:8: items: the list is empty; expected at least one element, or no such field"),
        Arguments.of(SERVICE + SERVICE, "6:1: service default/web is given twice; first at FILE:1"),
        Arguments.of(
            SERVICE + SERVICE.replace("web", "other"),
            "9:19: spec.clusterIP: service IP 10.96.0.10 is given twice; first at FILE:4"),
        Arguments.of(
            POLICY + "---\n" + POLICY.substring(SERVICE.length()),
            "17:1: policy default/p" + " is given twice; first at FILE:6"),
        Arguments.of(
            POLICY.replace("10.96.0.10", "None"),
            "13:5: spec.targetRefs[0]: service default/web has no cluster IP, so the policy would"
                + " hold nowhere; expected one at FILE:1"),
        Arguments.of(
            POLICY.replace("name: p", "name: p\n  annotations: {istio.io/dry-run: \"true\"}"),
            "10:17: metadata.annotations: field \"istio.io/dry-run\" is not supported: every"
                + " policy here is enforced"),
        Arguments.of(
            POLICY.replace("kind: Service\n    name", "kind: Gateway\n    name"),
            "13:11: spec.targetRefs[0].kind: \"Gateway\" is not accepted; expected kind Service,"
                + " the only target that is supported"),
        Arguments.of(
            POLICY.replace("name: web\n", "name: web\n    namespace: other\n"),
            "15:16: spec.targetRefs[0].namespace: \"other\" is not accepted; expected the policy's"
                + " own namespace default"),
        Arguments.of(
            POLICY.replaceAll("  targetRefs:\n.*\n.*\n", ""),
            "11:3: spec: field \"targetRefs\" is missing"),
        Arguments.of(
            POLICY.replace("DENY", "AUDIT"),
            "11:11: spec.action: \"AUDIT\" is not accepted; it is not supported; expected ALLOW or"
                + " DENY"),
        Arguments.of(
            POLICY.replace("name: p", "name: \"p\\u001b[31m\""),
            "9:9: metadata.name: \"p\\u001b[31m\" is not accepted; expected a name of small"
                + " letters, digits, '-' and '.' (RFC 1123)"));
  }

  @ParameterizedTest
  @MethodSource("objects")
  void refusesObjectsThatCanNotHold(String text, String problem) throws IOException {
    assertThat(problemsOf(text)).containsExactly(problem);
  }

  static Stream<Arguments> services() {
    return Stream.of(
        Arguments.of("clusterIP: 127.0.0.1, ports: [{port: 1}]", "expected a unicast address"),
        Arguments.of("clusterIP: \"::ffff:10.0.0.1\", ports: [{port: 1}]", "expected 10.0.0.1"),
        Arguments.of("clusterIP: 10.96.0.1", "field \"ports\" is missing"),
        Arguments.of("clusterIP: 10.96.0.1, ports: [{port: 0}]", "0 is out of range"),
        Arguments.of("clusterIP: 10.96.0.1, ports: [{port: 65536}]", "65536 is out of range"),
        Arguments.of("clusterIP: 10.96.0.1, ports: [{port: 1e3}]", "expected a whole number"),
        Arguments.of("clusterIP: 10.96.0.1, ports: [{port: 080}]", "expected a whole number"),
        Arguments.of("clusterIP: 10.96.0.1, ports: [{port: \"80\"}]", "expected a whole number"),
        Arguments.of("clusterIP: 10.96.0.1, ports: [{port: 99999999999}]", "expected a whole"),
        Arguments.of(
            "clusterIP: 10.96.0.1, ports: [{port: 1, name: a}, {port: 2}]",
            "field \"name\" is missing"),
        Arguments.of(
            "clusterIP: 10.96.0.1, ports: [{port: 1, name: a}, {port: 1, name: b}]",
            "TCP port 1 is given twice"),
        Arguments.of(
            "clusterIP: 10.96.0.1, ports: [{port: 1, name: a}, {port: 2, name: a}]",
            "port name a is given twice"),
        Arguments.of("clusterIP: 10.96.0.1, ports: [{port: 1, protocol: tcp}]", "expected one of"),
        Arguments.of("clusterIP: 10.96.0.1, ports: [{port: 1, targetPort: 0}]", "out of range"),
        Arguments.of(
            "clusterIP: 10.96.0.1, clusterIPs: [10.96.0.2], ports: [{port: 1}]",
            "the first address differs from clusterIP"),
        Arguments.of(
            "clusterIPs: [10.96.0.1, 10.96.0.2], ports: [{port: 1}]",
            "at most one address of each family"),
        Arguments.of(
            "clusterIP: 10.96.0.1, externalIPs: [192.0.2.1], ports: [{port: 1}]",
            "field \"externalIPs\" is not supported"),
        Arguments.of("type: Headless", "expected one of ClusterIP, NodePort, LoadBalancer"),
        Arguments.of("type: ExternalName", "field \"externalName\" is missing"));
  }

  @ParameterizedTest
  @MethodSource("services")
  void refusesServicesThatTheApiServerWouldRefuseOrThatHaveAWayAround(String spec, String problem)
      throws IOException {
    String text = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {" + spec + "}\n";

    assertThat(problemsOf(text)).singleElement().asString().contains(problem);
  }

  @Test
  void doesNotFollowUpAFileThatCanNotBeReadWithMissingServices() throws IOException {
    Path policy =
        Files.writeString(directory.resolve("policy.yaml"), POLICY.substring(SERVICE.length()));
    Path missing = directory.resolve("missing.yaml");

    assertThat(load(policy, missing).problems())
        .containsExactly(new Problem(missing.toString(), 1, 1, "the file does not exist"));
    assertThat(load(directory).problems())
        .containsExactly(
            new Problem(
                policy.toString(),
                8,
                5,
                "spec.targetRefs[0]: service default/web is in none of the files"));
  }

  @Test
  void boundsWhatAFewBytesCanCost() throws IOException {
    StringBuilder laughs = new StringBuilder("a0: &a0 [x]\n");
    for (int i = 1; i < 30; i++) {
      laughs.append("a%d: &a%d [*a%d, *a%d]\n".formatted(i, i, i - 1, i - 1));
    }

    assertThat(problemsOf(laughs.toString())).hasSize(58).allMatch(p -> p.contains("an alias"));
    assertThat(problemsOf("[".repeat(100_000)))
        .containsExactly("1:65: nested too deeply; expected at most 64 levels");
    byte[] long_ = new byte[FileText.MAX_BYTES + 1];
    assertThat(problemsOf(long_))
        .containsExactly("1:1: the file is too long; expected at most 33554432 bytes");
  }

  @Test
  void saysWhereBytesAreNoText() throws IOException {
    assertThat(problemsOf(new byte[] {'a', ':', '\n', 'b', (byte) 0xc3, (byte) 0x28}))
        .containsExactly("2:2: the bytes here are not UTF-8");
    assertThat(problemsOf("a: b\nc: \u0007\n"))
        .containsExactly("2:4: not YAML: control character \"\\u0007\"");
    assertThat(problemsOf("# \ud83d\ude00\n".repeat(5_000) + "c: \u0007\n"))
        .containsExactly("5001:4: not YAML: control character \"\\u0007\"");
  }

  private List<String> problemsOf(String text) throws IOException {
    return problemsOf(text.getBytes(StandardCharsets.UTF_8));
  }

  private List<String> problemsOf(byte[] content) throws IOException {
    Path file = Files.write(directory.resolve("mesh.yaml"), content);
    return load(file).problems().stream()
        .map(problem -> problem.toString().replace(file + ":", "FILE:").replaceFirst("FILE:", ""))
        .collect(Collectors.toList());
  }

  private static ConfigurationException load(Path... files) {
    ConfigurationException refused =
        catchThrowableOfType(
            ConfigurationException.class, () -> KubernetesFiles.load(List.of(files)));
    assertThat(refused).as("the files were accepted").isNotNull();
    return refused;
  }
}
