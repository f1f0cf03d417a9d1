// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.ffi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.linux.Architecture;
import org.junit.jupiter.api.Test;

class SystemCallTest {
  @Test
  void numbersCallsByArchitecture() {
    assertThat(SystemCall.CAPGET.on(Architecture.X86_64)).isEqualTo(125);
    assertThat(SystemCall.CAPGET.on(Architecture.AARCH64)).isEqualTo(90);
    assertThat(SystemCall.PIDFD_OPEN.on(Architecture.AARCH64)).isEqualTo(434);
    assertThat(SystemCall.PIDFD_GETFD.on(Architecture.X86_64)).isEqualTo(438);
  }
}
