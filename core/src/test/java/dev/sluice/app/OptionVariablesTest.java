// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;
import picocli.CommandLine.ParseResult;

class OptionVariablesTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          SLUICE_OUTBOUND_PORT         | 15101                | proxy                        | --outbound-port     | 15101
          SLUICE_OUTBOUND_PORT         | 15101                | proxy --outbound-port=15102  | --outbound-port     | 15102
          SLUICE_OUTBOUND_PORT         | tcp://10.96.0.7:8080 | proxy                        | --outbound-port     | 15001
          SLUICE_IDLE_TIMEOUT          | 5s                   | proxy                        | --idle-timeout      | PT5S
          SLUICE_INTERCEPTION_MODE     | tproxy               | proxy                        | --interception-mode | TPROXY
          ISTIO_META_INTERCEPTION_MODE | TPROXY               | proxy                        | --interception-mode | TPROXY
          SLUICE_POLICY                | a.yaml               | proxy                        | --policy            | [a.yaml]
          SLUICE_POLICY                | a.yaml               | proxy -f b.yaml -f c.yaml    | --policy            | [b.yaml, c.yaml]
          SLUICE_FILE                  | a.yaml               | lb apply                     | --file              | [a.yaml]
          SLUICE_WATCH                 | true                 | lb apply -f a                | --watch             | true
          SLUICE_WATCH                 | 1                    | lb apply -f a --watch        | --watch             | true
          SLUICE_WATCH                 | true                 | lb apply -f a --watch        | --watch             | true
          SLUICE_WATCH                 | false                | lb apply -f a --watch        | --watch             | true
          SLUICE_WATCH                 | false                | lb apply -f a                | --watch             | false
          SLUICE_CAPTURE_DESCRIPTORS   | 5                    | proxy                        | --capture-descriptors | []
          SLUICE_ENVOY_PORT            | 15101                | init                         | --envoy-port        | null
          """)
  void giveOptionsTheirValues(
      String variable, String value, String arguments, String option, String expected) {
    OptionVariables variables = new OptionVariables(Map.of(variable, value));
    ParseResult parsed =
        RootCommand.commandLine(Map.of(variable, value)).parseArgs(arguments.split(" ", -1));
    while (parsed.hasSubcommand()) {
      parsed = parsed.subcommand();
    }
    variables.applySwitches(parsed);

    @Nullable Object found = parsed.commandSpec().findOption(option).getValue();
    assertThat(String.valueOf(found)).isEqualTo(expected);
  }

  @Test
  void theOwnNameWinsOverThePeers() {
    ParseResult parsed =
        RootCommand.commandLine(
                Map.of(
                    "SLUICE_INTERCEPTION_MODE", "SOCKET", "ISTIO_META_INTERCEPTION_MODE", "TPROXY"))
            .parseArgs("proxy")
            .subcommand();

    assertThat(parsed.commandSpec().findOption("--interception-mode").<Object>getValue())
        .hasToString("SOCKET");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          SLUICE_EVENT_LOOPS           | 0    | proxy                   | --event-loops is 0; expected 1 to 1024 (--event-loops is what SLUICE_EVENT_LOOPS says)
          SLUICE_IDLE_TIMEOUT          | 5    | proxy                   | (--idle-timeout is what SLUICE_IDLE_TIMEOUT says)
          ISTIO_META_INTERCEPTION_MODE | NONE | proxy                   | (--interception-mode is what ISTIO_META_INTERCEPTION_MODE says)
          SLUICE_WATCH                 | yes  | lb apply -f a           | SLUICE_WATCH is 'yes'; expected true or false
          """)
  void areNamedWhenTheirValueIsWrong(
      String variable, String value, String arguments, String complaint) {
    String said = run(Map.of(variable, value), arguments);
    assertThat(said).contains(complaint).hasLineCount(1);
  }

  @Test
  void areNotNamedWhenTheCommandLineIsWrong() {
    assertThat(run(Map.of("SLUICE_EVENT_LOOPS", "2"), "proxy --event-loops=0"))
        .contains("--event-loops is 0")
        .doesNotContain("SLUICE_EVENT_LOOPS");
  }

  private static String run(Map<String, String> environment, String arguments) {
    StringWriter err = new StringWriter();
    CommandLine line = RootCommand.commandLine(environment).setErr(new PrintWriter(err));
    assertThat(line.execute(arguments.split(" ", -1))).isEqualTo(2);
    return err.toString();
  }
}
