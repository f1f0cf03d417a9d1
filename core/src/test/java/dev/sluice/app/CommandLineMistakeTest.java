// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class CommandLineMistakeTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          prxy                          | sluice: Unmatched argument at index 0: 'prxy' (perhaps proxy)
          proxy --bogus                 | sluice proxy: Unknown option: '--bogus'
          proxy --event-loops=0         | sluice proxy: --event-loops is 0; expected 1 to 1024
          proxy --inbound-port=15001    | sluice proxy: --outbound-port and --inbound-port are both 15001
          proxy --connect-timeout=5     | sluice proxy: Invalid value for option '--connect-timeout'
          proxy --interception-mode=NAT | sluice proxy: Invalid value for option '--interception-mode'
          init --bogus                  | sluice init: Unknown option: '--bogus'
          demo --bogus                  | sluice demo: Unknown option: '--bogus'
          lb apply -f a --stats-port=1  | sluice lb apply: --stats-port 1 without somebody to answer; expected --watch
          lb apply -f a --stats-port=-1 | sluice lb apply: --stats-port is -1; expected 0 to 65535
          """)
  void isSaidInOneLineThatNamesTheHelp(String arguments, String start) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine line =
        RootCommand.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    int exitCode = line.execute(arguments.split(" "));
    assertThat(exitCode).isEqualTo(2);
    assertThat(err.toString()).startsWith(start).endsWith(" --help explains\n").hasLineCount(1);
    assertThat(out.toString()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"--version", "proxy --version", "init --version", "demo --version"})
  void everyCommandKnowsItsVersion(String arguments) {
    StringWriter out = new StringWriter();
    CommandLine line = RootCommand.commandLine().setOut(new PrintWriter(out));
    assertThat(line.execute(arguments.split(" "))).isZero();
    assertThat(out.toString()).startsWith("sluice ").hasLineCount(1);
  }
}
