// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class SyscallExceptionTest {
  @Test
  void saysCallSubjectErrorAndHint() {
    var exception =
        new SyscallException(
            "setsockopt(IP_TRANSPARENT)", 1, "on descriptor 7", "needs CAP_NET_ADMIN");
    assertThat(exception)
        .hasMessage("setsockopt(IP_TRANSPARENT) on descriptor 7: EPERM (1): needs CAP_NET_ADMIN");
    assertThat(exception.call()).isEqualTo("setsockopt(IP_TRANSPARENT)");
    assertThat(exception.errno()).isEqualTo(1);
    assertThat(exception.is(Errno.EPERM)).isTrue();
    assertThat(exception.is(Errno.EACCES)).isFalse();
  }

  @Test
  void leavesOutWhatIsEmpty() {
    assertThat(new SyscallException("setns", 22, "")).hasMessage("setns: EINVAL (22)");
  }

  @Test
  void passesResultsAndThrowsErrors() throws Exception {
    assertThat(SyscallException.check(0, "listen", 5)).isZero();
    assertThat(SyscallException.check(7, "accept4", 5)).isEqualTo(7);
    assertThatThrownBy(() -> SyscallException.check(-98, "listen", 5))
        .hasMessage("listen on descriptor 5: EADDRINUSE (98)");
  }
}
