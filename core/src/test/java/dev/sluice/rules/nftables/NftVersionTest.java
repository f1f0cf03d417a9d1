// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.nftables;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.rules.RulesException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class NftVersionTest {
  @Test
  void readsWhatNftPrints() {
    assertThat(NftVersion.parse("nftables v1.0.6 (Lester Gooch #5)\n"))
        .contains(new NftVersion(1, 0, 6));
    assertThat(NftVersion.parse("nftables v1.1 (x)")).contains(new NftVersion(1, 1, 0));
    assertThat(NftVersion.parse("nftables 9")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"nftables v1.0.1 (x)", "nftables v1.1.0 (x)", "nftables v2.0.0 (x)"})
  void takesAVersionThatIsNewEnough(String printed) {
    assertThatCode(() -> NftVersion.require(printed)).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @ValueSource(strings = {"nftables v1.0.0 (x)", "nftables v0.9.10 (x)", "no version"})
  void refusesAnOlderOneByName(String printed) {
    assertThatThrownBy(() -> NftVersion.require(printed))
        .isInstanceOf(RulesException.class)
        .hasMessage(
            "the nft that is installed says '%s'; expected version 1.0.1 or later", printed);
  }
}
