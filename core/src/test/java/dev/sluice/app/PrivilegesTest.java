// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class PrivilegesTest {
  @Test
  void asksForSudoFromAnOrdinaryUser() {
    assertThat(Privileges.lackingForRules(false, 1000))
        .hasValueSatisfying(line -> assertThat(line).contains("1000").contains("sudo"));
  }

  @Test
  void asksForTheCapabilityFromRoot() {
    assertThat(Privileges.lackingForRules(false, 0))
        .hasValueSatisfying(
            line -> assertThat(line).contains("CAP_NET_ADMIN").doesNotContain("sudo"));
  }

  @Test
  void lacksNothingWithTheCapabilityWhoeverHasIt() {
    assertThat(Privileges.lackingForRules(true, 1337)).isEmpty();
  }
}
