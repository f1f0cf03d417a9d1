// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command around the injector: which files, what comes out where, and the exit code. */
class InjectCommandTest {
  private static final String POD = "{kind: Pod, metadata: {name: %s}, spec: {%s}}\n";

  @TempDir private Path folder;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @Test
  void printsTheManifestsOfAllFilesAsOneText() throws IOException {
    String first = pod("first", "containers: [{name: a}]");
    String second = pod("second", "hostNetwork: true");

    assertThat(inject("-f", first, "-f", second, "--image", "registry.example/sluice:2")).isZero();
    assertThat(out.toString())
        .containsSubsequence("name: first", "\n---\n", "name: second")
        .contains("image: \"registry.example/sluice:2\"");
    assertThat(err.toString())
        .isEqualTo(
            "sluice inject: "
                + second
                + ": Pod second is left alone: it is on the host's network\n");
  }

  @Test
  void readsStandardInput() {
    InputStream before = System.in;
    System.setIn(
        new ByteArrayInputStream(
            POD.formatted("piped", "containers: [{name: a}]").getBytes(UTF_8)));
    try {
      assertThat(inject("-f", "-", "--interception-mode", "tproxy")).isZero();
    } finally {
      System.setIn(before);
    }
    assertThat(out.toString()).contains("name: piped", "sluice.dev/injected: \"TPROXY\"");
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void saysThatNothingGotASidecar() throws IOException {
    String file = Files.writeString(folder.resolve("a.yaml"), "kind: Service\n").toString();

    assertThat(inject("-f", file)).isZero();
    assertThat(out.toString()).isEqualTo("kind: Service\n");
    assertThat(err.toString()).isEqualTo("sluice inject: no workload got a sidecar\n");
  }

  /** Every one, of every file; half a manifest would be applied. */
  @Test
  void printsNothingIfAnyIsRefused() throws IOException {
    String right = pod("right", "containers: [{name: a}]");
    String proxys = pod("proxys", "securityContext: {runAsUser: 1337}");
    String broken = Files.writeString(folder.resolve("broken.yaml"), "kind: [Pod\n").toString();
    String gone = folder.resolve("gone.yaml").toString();

    assertThat(inject("-f", right, "-f", proxys, "-f", broken, "-f", gone)).isEqualTo(1);
    assertThat(out.toString()).isEmpty();
    assertThat(err.toString().lines())
        .hasSize(3)
        .satisfiesExactly(
            line ->
                assertThat(line)
                    .startsWith(
                        "sluice inject: " + proxys + ": Pod proxys: the pod has runAsUser 1337"),
            line -> assertThat(line).startsWith("sluice inject: " + broken + ":"),
            line ->
                assertThat(line)
                    .startsWith("sluice inject: " + gone + " can't be read: ")
                    .endsWith("; expected a file of UTF-8 text"));
  }

  @Test
  void wantsAFile() {
    assertThat(inject()).isEqualTo(2);
    assertThat(err.toString()).hasLineCount(1).contains("--file");
  }

  private String pod(String name, String spec) throws IOException {
    return Files.writeString(folder.resolve(name + ".yaml"), POD.formatted(name, spec)).toString();
  }

  private int inject(String... words) {
    List<String> all = new ArrayList<>(List.of("inject"));
    all.addAll(List.of(words));
    return RootCommand.commandLine(Map.of())
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(all.toArray(String[]::new));
  }
}
