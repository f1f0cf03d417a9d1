// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckCommandTest {
  private static final String SERVICE =
      """
      apiVersion: v1
      kind: Service
      metadata: {name: reviews, namespace: default}
      spec:
        clusterIP: 10.96.0.7
        ports: [{port: 80, protocol: TCP}]
      """;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  @TempDir private Path folder;

  @Test
  void saysThatNothingIsWrong() throws IOException {
    assertThat(check(SERVICE)).isZero();
    assertThat(out).hasToString("nothing is wrong: 1 services, 0 policies\n");
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void saysEveryProblemWithItsPlace() throws IOException {
    assertThat(check(SERVICE.replace("10.96.0.7", "10.96.0.777").replace("port: 80", "port: 0")))
        .isOne();
    assertThat(err.toString().lines())
        .hasSize(2)
        .allMatch(line -> line.startsWith("sluice check: " + folder))
        .anyMatch(line -> line.contains(".yaml:5:") && line.contains("10.96.0.777"))
        .anyMatch(line -> line.contains(".yaml:6:") && line.contains("0 is out of range"));
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void printsOneJsonObject() throws IOException {
    assertThat(check(SERVICE.replace("port: 80", "port: 0"), "--json")).isOne();
    assertThat(out.toString())
        .startsWith("{\"valid\":false,\"problems\":[{\"file\":\"" + folder)
        .contains("\"line\":6,")
        .hasLineCount(1);
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void countsInJsonWhatItRead() throws IOException {
    assertThat(check(SERVICE, "--json")).isZero();
    assertThat(out).hasToString("{\"valid\":true,\"services\":1,\"policies\":0,\"problems\":[]}\n");
  }

  private int check(String yaml, String... more) throws IOException {
    Path file = Files.writeString(folder.resolve("objects.yaml"), yaml);
    String[] arguments = new String[3 + more.length];
    arguments[0] = "check";
    arguments[1] = "-f";
    arguments[2] = file.toString();
    System.arraycopy(more, 0, arguments, 3, more.length);
    return RootCommand.commandLine(Map.of())
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(err))
        .execute(arguments);
  }
}
