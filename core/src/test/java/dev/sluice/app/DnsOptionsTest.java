// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code sluice proxy} says of options about DNS that can't be meant; it does not start. */
class DnsOptionsTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--dns-port 0 | --dns-port is 0; expected 1 to 65535",
        "--dns-port 65536 | --dns-port is 65536; expected 1 to 65535",
        "--dns-port 15006 | --dns-port is 15006 like another port; expected one of its own",
        "--dns-upstream 10.0.0.1 | --dns-upstream, --dns-namespace and --dns-domain need --dns-port"
            + " PORT",
        "--dns-domain a | --dns-upstream, --dns-namespace and --dns-domain need --dns-port PORT",
        "--dns-port 53 --dns-upstream ::1 | --dns-upstream is the address of --dns-port; expected"
            + " another name server",
        "--dns-port 53 --dns-upstream dns | name server 'dns'; expected an address, or ADDRESS:PORT"
            + " with a port of 1 to 65535",
      })
  void saysWhatIsWrong(String options, String complaint) {
    StringWriter errors = new StringWriter();
    int code =
        RootCommand.commandLine()
            .setErr(new PrintWriter(errors))
            .execute(("proxy " + options).split(" ", -1));

    assertThat(code).isEqualTo(2);
    assertThat(errors.toString().lines()).singleElement().asString().contains(complaint);
  }
}
