// SPDX-License-Identifier: Apache-2.0
package dev.sluice.controlplane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A valid file, broken everywhere in turn: no slip of a finger may open a policy. */
final class KubernetesFilesMutationTest {
  private static final String VALID =
      """
      apiVersion: v1
      kind: Service
      metadata:
        name: web
        namespace: shop
      spec:
        type: ClusterIP
        clusterIP: 10.96.0.10
        clusterIPs: [10.96.0.10, "fd00::10"]
        ports:
        - name: http
          port: 80
          protocol: TCP
          targetPort: 8080
      ---
      apiVersion: security.istio.io/v1
      kind: AuthorizationPolicy
      metadata:
        name: deny
        namespace: shop
      spec:
        action: DENY
        targetRefs:
        - kind: Service
          group: core
          name: web
          namespace: shop
        rules:
        - from:
          - source:
              ipBlocks: ["10.0.0.0/8"]
              notIpBlocks: ["10.7.1.2"]
          to:
          - operation:
              ports: ["80"]
              notPorts: ["443"]
          when:
          - key: destination.ip
            values: ["10.96.0.10"]
            notValues: ["10.96.0.11"]
      """;

  private static final Pattern KEY = Pattern.compile("(?m)^[ -]*([a-zA-Z]+):");
  private static final int MUTANTS = 1_000;

  /** Fixed, so that a failure can be had again. */
  private static final long SEED = 20_261_122;

  @TempDir private Path directory;

  static Stream<MatchResult> keys() {
    return KEY.matcher(VALID).results();
  }

  @ParameterizedTest
  @MethodSource("keys")
  void refusesEveryFieldWhoseNameIsMisspelt(MatchResult key) {
    String misspelt = VALID.substring(0, key.end(1)) + "x" + VALID.substring(key.end(1));

    assertThatThrownBy(() -> load(misspelt.getBytes(StandardCharsets.UTF_8)))
        .as("with %sx", key.group(1))
        .isInstanceOf(ConfigurationException.class);
  }

  @ParameterizedTest
  @MethodSource("keys")
  void refusesEveryFieldWhoseValueIsOfAnotherKind(MatchResult key) {
    String line = VALID.substring(key.start(), VALID.indexOf('\n', key.end()));
    boolean hasValue = !line.endsWith(":");
    String value = line.contains("[") ? " {a: b}" : " [[a]]";
    String other =
        VALID.substring(0, key.end())
            + (hasValue ? value : " wrong")
            + VALID.substring(VALID.indexOf('\n', key.end()));

    assertThatThrownBy(() -> load(other.getBytes(StandardCharsets.UTF_8)))
        .as("with %s", key.group(1))
        .isInstanceOf(ConfigurationException.class);
  }

  @Test
  void acceptsTheFileAsItIs() throws Exception {
    load(VALID.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void givesASnapshotOrProblemsForWhateverBytes() throws IOException {
    Random random = new Random(SEED);
    int refused = 0;
    for (int i = 0; i < MUTANTS; i++) {
      byte[] mutant = mutate(random);
      try {
        load(mutant);
      } catch (ConfigurationException e) {
        refused++;
        assertPlausible(e, mutant);
      }
    }
    assertThat(refused).isBetween(MUTANTS / 2, MUTANTS);
  }

  private static void assertPlausible(ConfigurationException refusal, byte[] mutant) {
    long lines = 1 + new String(mutant, StandardCharsets.UTF_8).lines().count();
    assertThat(refusal.problems())
        .isNotEmpty()
        .allSatisfy(
            problem -> {
              assertThat(problem.line()).isBetween(1, Math.toIntExact(lines));
              assertThat(problem.column()).isPositive();
              assertThat(problem.message()).isNotBlank().doesNotContainPattern("\\p{Cntrl}");
            });
  }

  private static byte[] mutate(Random random) {
    byte[] bytes = VALID.getBytes(StandardCharsets.UTF_8);
    String structure = " \n-:[]{}\"'#&*!|>%@`,?\t\r0~";
    for (int i = random.nextInt(3); i >= 0; i--) {
      int at = random.nextInt(bytes.length);
      bytes[at] =
          switch (random.nextInt(3)) {
            case 0 -> (byte) random.nextInt(256);
            case 1 -> (byte) structure.charAt(random.nextInt(structure.length()));
            default -> bytes[random.nextInt(bytes.length)];
          };
    }
    return bytes;
  }

  private void load(byte[] content) throws IOException, ConfigurationException {
    Path file = Files.write(directory.resolve("mesh.yaml"), content);
    KubernetesFiles.load(List.of(file));
  }
}
