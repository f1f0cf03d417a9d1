// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.iptables;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.process.CommandResult;
import dev.sluice.rules.Family;
import org.junit.jupiter.api.Test;

final class IptablesComplaintTest {
  private static final String SCRIPT =
      """
      *mangle
      :SLUICE_TPROXY - [0:0]
      # to the inbound listener
      -A SLUICE_TPROXY ! -d 127.0.0.1/32 -p tcp -j TPROXY --on-port 15006
      COMMIT
      """;

  @Test
  void namesTheTargetThatTheKernelLacks() {
    assertThat(
            explain(
                """
                iptables-nft-restore v1.8.9 (nf_tables):\s
                line 4: RULE_APPEND failed (No such file or directory): rule in chain SLUICE_TPROXY
                """))
        .isEqualTo(
            "writing the IPv4 rules: the kernel refused '-A SLUICE_TPROXY ! -d 127.0.0.1/32 -p tcp"
                + " -j TPROXY --on-port 15006' (No such file or directory); expected a kernel with"
                + " xt_TPROXY; without it only the mode REDIRECT is possible");
  }

  @Test
  void namesTheExtensionThatIptablesLacks() {
    assertThat(
            explain(
                """
                iptables-nft-restore v1.8.9 (nf_tables): Couldn't load match `owner':No such file

                Error occurred at line: 3
                Try `iptables-nft-restore -h' or 'iptables-nft-restore --help' for more information.
                """))
        .isEqualTo(
            "writing the IPv4 rules: iptables doesn't know the match 'owner'; expected the whole"
                + " package 'iptables'; without it the proxy's own connections can't be told"
                + " apart");
  }

  @Test
  void namesTheOptionThatIptablesLacks() {
    assertThat(
            explain(
                """
                iptables-nft-restore v1.8.9 (nf_tables): unknown option "--syn"
                Error occurred at line: 3
                """))
        .isEqualTo(
            "writing the IPv4 rules: iptables doesn't know the option '--syn'; expected the whole"
                + " package 'iptables'");
  }

  @Test
  void saysWhichRightIsMissing() {
    assertThat(
            explain(
                "iptables-nft-restore v1.8.9 (nf_tables): Could not fetch rule set generation id:"
                    + " Permission denied (you must be root)\n"))
        .isEqualTo("writing the IPv4 rules: permission denied; expected root with CAP_NET_ADMIN");
  }

  @Test
  void passesOnWhatItDoesNotKnowInOneLine() {
    assertThat(explain("something\n\n  new\nTry `iptables-restore -h' for more information.\n"))
        .isEqualTo("writing the IPv4 rules: something new");
  }

  private static String explain(String errors) {
    return IptablesComplaint.explain(
        Family.IPV4, SCRIPT, new CommandResult("iptables-restore", 2, "", errors));
  }
}
