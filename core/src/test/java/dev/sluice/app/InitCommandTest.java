// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** What needs no kernel; the rest is tested in namespaces. */
final class InitCommandTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @Test
  void printsTheProgramWithoutApplyingIt() {
    assertThat(run("--dry-run", "-m", "TPROXY", "-p", "25001")).isZero();
    assertThat(out.toString())
        .contains("-A SLUICE_REDIRECT -p tcp -j REDIRECT --to-ports 25001\n")
        .contains("-A SLUICE_TPROXY ! -d 127.0.0.1/32 -p tcp -j TPROXY")
        .contains("ip -4 rule add pref 13370 from all fwmark 0x539 lookup 133 protocol 157\n");
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void takesTheGroupFromTheUserUnlessItIsGiven() {
    assertThat(run("-n", "-u", "2001")).isZero();
    assertThat(out.toString()).contains("--gid-owner 2001").doesNotContain("owner 1337");
  }

  @Test
  void reportsAllMistakesAndEndsWithTheCodeForUsage() {
    assertThat(run("-m", "NONE", "-p", "0", "-z", "x")).isEqualTo(2);
    assertThat(err.toString().lines())
        .containsExactly(
            "sluice init: interception mode (-m) 'NONE'; expected REDIRECT or TPROXY",
            "sluice init: outbound port (-p) '0'; expected 1 to 65535",
            "sluice init: inbound port (-z) 'x'; expected 1 to 65535");
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void refusesADryRunOfCleaningUp() {
    assertThat(run("--dry-run", "--cleanup")).isEqualTo(2);
    assertThat(err.toString()).contains("--dry-run with --cleanup");
  }

  private int run(String... arguments) {
    return new CommandLine(new InitCommand())
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(arguments);
  }
}
