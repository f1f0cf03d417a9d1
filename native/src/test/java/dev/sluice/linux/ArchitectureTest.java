// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ArchitectureTest {
  @ParameterizedTest
  @CsvSource({"amd64,X86_64", "x86_64,X86_64", "aarch64,AARCH64", "arm64,AARCH64"})
  void knowsTheNamesInUse(String name, Architecture expected) {
    assertThat(Architecture.of(name)).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(strings = {"riscv64", "ppc64le", "s390x", "i386", "arm", ""})
  void refusesEveryOtherInOneLine(String name) {
    assertThatThrownBy(() -> Architecture.of(name))
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessage(
            "running on processor architecture '"
                + name
                + "': expected x86-64 (amd64) or arm64 (aarch64)");
  }

  @Test
  void knowsTheOneItRunsOn() {
    assertThat(Architecture.current()).isIn((Object[]) Architecture.values());
  }
}
