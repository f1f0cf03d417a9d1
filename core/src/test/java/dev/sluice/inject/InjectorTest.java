// SPDX-License-Identifier: Apache-2.0
package dev.sluice.inject;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class InjectorTest {
  private static final String POD_SPEC =
      """
      {containers: [{name: app, image: app, args: [yes, "yes", 012, "012"]}]}\
      """;

  private final Injector injector =
      new Injector(new Sidecar(Sidecar.Mode.REDIRECT, "registry.example/sluice:1"));

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{kind: Pod, metadata: {name: a}, spec: %s}",
        "{kind: Deployment, metadata: {name: a}, spec: {template: {spec: %s}}}",
        "{kind: StatefulSet, metadata: {name: a}, spec: {template: {spec: %s}}}",
        "{kind: DaemonSet, metadata: {name: a}, spec: {template: {spec: %s}}}",
        "{kind: ReplicaSet, metadata: {name: a}, spec: {template: {spec: %s}}}",
        "{kind: Job, metadata: {name: a}, spec: {template: {spec: %s}}}",
        "{kind: CronJob, metadata: {name: a}, spec: {jobTemplate: {spec: {template: {spec: %s}}}}}",
        "{kind: List, items: [{kind: Service}, {kind: Pod, metadata: {name: a}, spec: %s}]}",
      })
  void addsTheSidecarToEveryKindOfWorkload(String object) {
    Injector.Result result = injector.inject("a.yaml", object.formatted(POD_SPEC));

    assertThat(result.injected()).isOne();
    assertThat(result.yaml())
        .contains("sluice-init", "sluice-proxy", "registry.example/sluice:1")
        .contains("sluice.dev/injected", "[yes, \"yes\", 012, \"012\"]")
        .containsPattern("\"ISTIO_META_WORKLOAD_NAME\",?\\s+value: \"a\"");
    assertThat(injector.inject("a.yaml", result.yaml()).said())
        .singleElement()
        .asString()
        .endsWith(" a is left alone: it has the container sluice-init already");
  }

  @Test
  void leavesOtherDocumentsAndCommentsAsTheyAre() {
    String text =
        """
        # what it is for
        kind: ConfigMap
        data: {a: "b"} # said
        """;
    Injector.Result result = injector.inject("a.yaml", text);

    assertThat(result.yaml()).isEqualTo(text);
    assertThat(result.injected()).isZero();
  }

  @Test
  void startsTheContainersBeforeThoseOfTheApplication() {
    String text =
        """
        kind: Pod
        spec:
          initContainers:
          - name: first
          containers:
          - name: app
        """;

    assertThat(injector.inject("a.yaml", text).yaml())
        .containsSubsequence("name: sluice-init", "name: sluice-proxy", "name: first", "name: app")
        .as("it has no name before it is made")
        .doesNotContain("ISTIO_META_WORKLOAD_NAME");
  }

  @Test
  void addsTheVolumeForItsSocketsAfterThoseOfTheWorkload() {
    String text =
        """
        kind: Pod
        spec:
          containers:
          - name: app
          volumes:
          - name: own
        """;

    assertThat(injector.inject("a.yaml", text).yaml())
        .containsSubsequence(
            "volumes:",
            "name: own",
            "name: sluice-run",
            "{name: sluice-run, mountPath: /run/sluice}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          hostNetwork: true, containers: [{name: a}]        | it is on the host's network
          containers: [{name: istio-proxy}]                 | it has the container istio-proxy already
          initContainers: [{name: sluice-proxy}]            | it has the container sluice-proxy already
          """)
  void leavesAloneWhatIsMeantToBe(String spec, String why) {
    Injector.Result result =
        injector.inject("a.yaml", "{kind: Pod, metadata: {name: p}, spec: {%s}}".formatted(spec));

    assertThat(result.said()).containsExactly("a.yaml: Pod p is left alone: " + why);
    assertThat(result.yaml()).doesNotContain("sluice.dev");
  }

  @Test
  void leavesAloneWhoeverAsksForIt() {
    assertThat(
            injector
                .inject(
                    "a.yaml",
                    "{kind: Pod, metadata: {name: p, labels: {sluice.dev/inject: \"false\"}},"
                        + " spec: {}}")
                .said())
        .containsExactly("a.yaml: Pod p is left alone: sluice.dev/inject is false");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          securityContext: {runAsUser: 1337}                                       | the pod has runAsUser 1337
          containers: [{name: a, securityContext: {runAsUser: 1337}}]              | container a has runAsUser 1337
          containers: [{name: a, securityContext: {runAsGroup: 1337}}]             | container a has runAsGroup 1337
          initContainers: [{name: i, securityContext: {runAsUser: 1337}}]          | container i has runAsUser 1337
          containers: [{name: a, ports: [{containerPort: 15006}]}]                 | container a has port 15006
          containers: [{name: a}], volumes: [{name: sluice-run}]                   | it has a volume sluice-run
          terminationGracePeriodSeconds: 0x1E                                      | its terminationGracePeriodSeconds is '0x1E'; expected whole seconds
          terminationGracePeriodSeconds: 31536001                                  | its terminationGracePeriodSeconds is '31536001'; expected whole seconds
          terminationGracePeriodSeconds: [30]                                      | its terminationGracePeriodSeconds is no number
          """)
  void refusesWhatWouldPassTheProxyBy(String spec, String why) {
    Injector.Result result =
        injector.inject("a.yaml", "{kind: Pod, metadata: {name: p}, spec: {%s}}".formatted(spec));

    assertThat(result.refused()).singleElement().asString().startsWith("a.yaml: Pod p: " + why);
    assertThat(result.injected()).isZero();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          terminationGracePeriodSeconds: 300,                  | 300
          terminationGracePeriodSeconds: 0,                    | 0
          terminationGracePeriodSeconds: null,                 | 30
                                                               | 30
          """)
  void tellsTheProxyHowLongThePodHas(@Nullable String field, String seconds) {
    String spec = "{%s containers: [{name: a}]}".formatted(field == null ? "" : field);

    assertThat(injector.inject("a.yaml", "{kind: Pod, spec: " + spec + "}").yaml())
        .containsOnlyOnce(
            "{name: \"TERMINATION_GRACE_PERIOD_SECONDS\", value: \"" + seconds + "\"}");
  }

  @Test
  void asksTheProxyWhereAProbeOnlyConnects() {
    String text =
        """
        kind: Pod
        spec:
          containers:
          - name: app
            ports: [{name: db, containerPort: 5432}]
            livenessProbe: {tcpSocket: {port: db}, periodSeconds: 3}
            readinessProbe: {tcpSocket: {port: 8080}}
            startupProbe: {exec: {command: [check]}}
          - name: other
            livenessProbe: {httpGet: {port: 80}}
            readinessProbe: {grpc: {port: 9090}}
            startupProbe: {tcpSocket: {host: 10.0.0.1, port: 80}}
        """;

    assertThat(injector.inject("a.yaml", text).yaml())
        .contains(
            "livenessProbe: {periodSeconds: 3, httpGet: {path: \"/app-health/app/livenessProbe\","
                + " port: 15020}}",
            "readinessProbe: {httpGet: {path: \"/app-health/app/readinessProbe\", port: 15020}}",
            "startupProbe: {exec: {command: [check]}}",
            "livenessProbe: {httpGet: {port: 80}}",
            "readinessProbe: {grpc: {port: 9090}}",
            "startupProbe: {tcpSocket: {host: 10.0.0.1, port: 80}}",
            "value: \"app/livenessProbe=5432,app/readinessProbe=8080\"");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          kind: [Pod      | a.yaml:1:
          - a             | a.yaml: a document is no mapping; expected a Kubernetes object
          """)
  void saysWhereATextIsNoManifest(String text, String start) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> injector.inject("a.yaml", text))
        .withMessageStartingWith(start);
  }
}
