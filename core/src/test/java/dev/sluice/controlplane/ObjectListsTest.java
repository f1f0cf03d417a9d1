// SPDX-License-Identifier: Apache-2.0
package dev.sluice.controlplane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.sluice.model.MeshSnapshot;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Lists of objects, whose items are read before the rest of the list is. */
final class ObjectListsTest {
  private static final int SERVICES = 10_000;
  private static final int ENDPOINTS_EACH = 5;

  @TempDir private Path directory;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{apiVersion: v1, kind: List, items: [%s, %s]}",
        "{items: [%s, %s], metadata: {resourceVersion: ''}, kind: List, apiVersion: v1}",
        "apiVersion: v1\nitems:\n- %s\n- %s\nkind: List\n",
        "{apiVersion: v1, kind: List, items: [%s]}\n---\n{apiVersion: v1, items: [%s], kind: List}",
      })
  void readsTheItemsWhereverTheyStand(String list) throws Exception {
    assertThat(load(list.formatted(service("a", 1), service("b", 2))).services()).hasSize(2);
  }

  static Stream<Arguments> mistakes() {
    return Stream.of(
        row(
            "{apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: Pod}]}",
            "1:38: items[0]: kind \"Pod\" is not supported here yet; expected Service,"
                + " EndpointSlice or AuthorizationPolicy"),
        row("{apiVersion: v1, kind: List}", "1:1: field \"items\" is missing"),
        row(
            "{apiVersion: v1, kind: List, items: {}}",
            "1:37: items: a mapping is not accepted; expected a list"),
        row(
            "{apiVersion: v1, kind: List, items: ~}",
            "1:37: items: nothing is not accepted; expected a list"),
        row(
            "{apiVersion: v2, kind: List, items: [" + service("a", 1) + "]}",
            "1:1: apiVersion \"v2\" is not accepted; expected v1 for kind List"),
        row(
            "{apiVersion: v1, kind: List, items: [" + service("a", 1) + "], item: []}",
            "1:144: unknown field \"item\"; expected one of apiVersion, kind, items"),
        row(
            "{kind: List, apiVersion: v1, items: [&a " + service("a", 1) + ", *a, !x {}, 7]}",
            "1:146: an alias is not accepted here; expected the value itself",
            "1:150: tag \"!x\" is not accepted here",
            "1:157: items[3]: this is no Kubernetes object; expected a mapping with apiVersion and"
                + " kind"),
        row(
            "{items: [" + service("a", 1) + "]}",
            "1:1: this is no Kubernetes object; expected a mapping with apiVersion and kind"),
        row(
            "[{kind: List, items: [1]}]",
            "1:1: this is no Kubernetes object; expected a mapping with apiVersion and kind"),
        row(
            "{apiVersion: v1, kind: List, items: [], items: []}",
            "1:37: items: the list is empty; expected at least one element, or no such field",
            "1:41: field \"items\" is given twice; first at FILE:1"));
  }

  private static Arguments row(String text, String... problems) {
    return Arguments.of(text, List.of(problems));
  }

  @ParameterizedTest
  @MethodSource("mistakes")
  void refusesListsWithThePlace(String text, List<String> problems) throws IOException {
    assertThat(problemsOf(text)).containsExactlyElementsOf(problems);
  }

  @Test
  void reportsTheDocumentsBesideOneThatIsRefused() throws IOException {
    assertThat(problemsOf("{a: !x b}\n---\n{kind: Pod}\n---\n" + service("a", 1)))
        .containsExactly(
            "1:5: tag \"!x\" is not accepted here",
            "3:1: kind \"Pod\" is not supported here yet; expected Service, EndpointSlice or"
                + " AuthorizationPolicy");
  }

  /** So many objects are where anything quadratic, or held for too long, is felt. */
  @ParameterizedTest
  @ValueSource(ints = {1, 100, SERVICES})
  @Timeout(120)
  void readsACluster(int files) throws Exception {
    int each = SERVICES / files;
    for (int file = 0; file < files; file++) {
      try (Writer writer = Files.newBufferedWriter(directory.resolve(file + ".yaml"))) {
        writer.write("apiVersion: v1\nkind: List\nitems:\n");
        for (int i = file * each; i < (file + 1) * each; i++) {
          writer.write("- " + service("s" + i, i) + "\n- " + slice("s" + i, i) + "\n");
        }
      }
    }
    MeshSnapshot snapshot = KubernetesFiles.load(List.of(directory));

    assertThat(snapshot.frontends()).hasSize(SERVICES);
    assertThat(snapshot.frontends().stream().mapToInt(f -> f.selectable().size()).sum())
        .isEqualTo(SERVICES * ENDPOINTS_EACH);
  }

  private static String service(String name, int number) {
    return ("{apiVersion: v1, kind: Service, metadata: {name: %s},"
            + " spec: {clusterIP: 10.96.%d.%d, ports: [{port: 80}]}}")
        .formatted(name, number / 250, number % 250);
  }

  private static String slice(String service, int number) {
    StringBuilder endpoints = new StringBuilder();
    for (int i = 0; i < ENDPOINTS_EACH; i++) {
      endpoints.append(
          "{addresses: [10.%d.%d.%d]}, ".formatted(200 + i, number / 250, number % 250));
    }
    return ("{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: %s-1,"
            + " labels: {kubernetes.io/service-name: %s}}, addressType: IPv4,"
            + " ports: [{port: 8080}], endpoints: [%s]}")
        .formatted(service, service, endpoints);
  }

  private MeshSnapshot load(String text) throws IOException, ConfigurationException {
    return KubernetesFiles.load(List.of(Files.writeString(directory.resolve("mesh.yaml"), text)));
  }

  private List<String> problemsOf(String text) throws IOException {
    Path file = directory.resolve("mesh.yaml");
    ConfigurationException refused =
        catchThrowableOfType(ConfigurationException.class, () -> load(text));
    assertThat(refused).as("the file was accepted").isNotNull();
    return refused.problems().stream()
        .map(problem -> problem.toString().replace(file + ":", "FILE:").replaceFirst("FILE:", ""))
        .toList();
  }
}
