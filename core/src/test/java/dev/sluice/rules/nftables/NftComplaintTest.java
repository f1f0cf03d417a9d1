// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.nftables;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.process.CommandResult;
import org.junit.jupiter.api.Test;

final class NftComplaintTest {
  private static final String SCRIPT =
      """
      table ip sluice_mangle {
        chain SLUICE_TPROXY {
          meta l4proto tcp counter tproxy to :1 meta mark set 0x1 accept comment "why"
        }
      }
      """;

  @Test
  void namesTheRuleAndTheModule() {
    assertThat(
            explain(
                """
                /dev/stdin:3:5-20: Error: Could not process rule: No such file or directory
                    meta l4proto tcp counter tproxy
                    ^^^^^^^^^^^^^^^^
                """))
        .isEqualTo(
            "writing the rules with nft: the kernel refused 'meta l4proto tcp counter tproxy to :1"
                + " meta mark set 0x1 accept' (No such file or directory); expected a kernel with"
                + " nft_tproxy");
  }

  @Test
  void namesTheCapability() {
    assertThat(explain("Operation not permitted (you must be root)\nnetlink: Error: cache\n"))
        .isEqualTo(
            "writing the rules with nft: permission denied; expected root with CAP_NET_ADMIN");
  }

  @Test
  void repeatsWhatItDoesNotKnow() {
    assertThat(explain("netlink: Error: No buffer space\n"))
        .isEqualTo("writing the rules with nft: netlink: Error: No buffer space");
  }

  private static String explain(String errors) {
    return NftComplaint.explain(SCRIPT, new CommandResult("nft -f -", 1, "", errors));
  }
}
