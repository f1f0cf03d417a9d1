// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

final class NodeCommandTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          --fail-open | no pods; expected --pod
          --pod cni-1 | --pod 'cni-1' chooses no pods; expected netns:NAME or uid:UID
          --pod netns:nobody --inbound-port 15001 | --outbound-port and --inbound-port are both 15001; expected two
          --pod netns:nobody --outbound-port 0 | --outbound-port is 0; expected 1 to 65535
          --pod netns:nobody --pod-connections 0 | --pod-connections is 0; expected 1 to 10000000
          --pod netns:nobody --event-loops 0 | --event-loops is 0; expected 1 to 1024
          --zds --fail-open | --fail-open without --pod; expected --pod
          --fail-open-sidecar cni-1 | --fail-open-sidecar 'cni-1' chooses no pods
          --pod netns:nobody --pod-memory 1M | '1M' is no size; expected bytes, such as 64Mi, 512Ki or 0
          --pod netns:nobody --lb-scope HOST | --lb-scope HOST without services; expected -f
          --pod netns:nobody --lb-cgroup /x | --lb-cgroup /x without a scope; expected --lb-scope
          --pod netns:nobody --scan-interval soon | 'soon' is no duration
          """)
  void refusesWhatItCannotDo(String options, String expected) {
    List<String> words = new ArrayList<>(List.of("node"));
    words.addAll(List.of(options.split(" ", -1)));
    StringWriter said = new StringWriter();
    CommandLine line = RootCommand.commandLine(Map.of()).setErr(new PrintWriter(said));
    assertThat(line.execute(words.toArray(String[]::new))).isEqualTo(2);
    assertThat(said.toString()).contains(expected).startsWith("sluice node: ");
  }
}
