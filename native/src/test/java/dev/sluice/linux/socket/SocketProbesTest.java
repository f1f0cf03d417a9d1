// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.socket;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.linux.Capability;
import dev.sluice.linux.ProbeResult;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SocketProbesTest {
  @ParameterizedTest
  @EnumSource(AddressFamily.class)
  void findsLoopback(AddressFamily family) {
    assertThat(SocketProbes.loopback(family)).isEqualTo(new ProbeResult.Supported());
  }

  @Test
  void findsTheNamespaceCookie() {
    assertThat(SocketProbes.netnsCookie()).isEqualTo(new ProbeResult.Supported());
  }

  @ParameterizedTest
  @EnumSource(AddressFamily.class)
  void knowsNothingAboutTransparencyWithoutTheCapability(AddressFamily family) throws Exception {
    boolean privileged = Capability.CAP_NET_ADMIN.effective() || Capability.CAP_NET_RAW.effective();
    String option = family == AddressFamily.INET ? "IP_TRANSPARENT" : "IPV6_TRANSPARENT";
    switch (SocketProbes.ipTransparent(family)) {
      case ProbeResult.Supported() -> assertThat(privileged).isTrue();
      case ProbeResult.Inconclusive(String reason) -> {
        assertThat(privileged).isFalse();
        assertThat(reason)
            .contains("setsockopt(" + option + ")", "EPERM (1)", "CAP_NET_ADMIN or CAP_NET_RAW");
      }
      case ProbeResult.Unsupported(String reason) -> throw new AssertionError(reason);
    }
  }
}
