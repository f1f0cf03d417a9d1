// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class RuleTextsTest {
  @Test
  void readsRulesByTheirHandles() {
    String listing =
        """
        table ip nat { # handle 10
        \tchain OUTPUT { # handle 22
        \t\ttype nat hook output priority -100; policy accept;
        \t\tmeta l4proto tcp counter jump MESH # handle 23
        \t}

        \tchain MESH { # handle 3
        \t\ttcp dport 80 redirect to :15001 comment "a # handle 7 of a kind" # handle 18
        \t}
        }
        table ip6 nat { # handle 11
        \tchain MESH { # handle 3
        \t\taccept # handle 18
        \t}
        }
        """;

    assertThat(RuleTexts.parse(4711, listing))
        .hasSize(3)
        .containsEntry(
            new RuleKey(4711, "ip", "nat", "OUTPUT", 23), "meta l4proto tcp counter jump MESH")
        .containsEntry(
            new RuleKey(4711, "ip", "nat", "MESH", 18),
            "tcp dport 80 redirect to :15001 comment \"a # handle 7 of a kind\"")
        .containsEntry(new RuleKey(4711, "ip6", "nat", "MESH", 18), "accept");
  }
}
