// SPDX-License-Identifier: Apache-2.0
package dev.sluice.listener;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.linux.Errno;
import dev.sluice.linux.SyscallException;
import dev.sluice.linux.socket.AddressFamily;
import dev.sluice.net.Direction;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ListenExceptionTest {
  @ParameterizedTest
  @CsvSource({"EACCES, CAP_NET_BIND_SERVICE", "EPERM, CAP_NET_ADMIN"})
  void namesTheCapabilityThatIsLacking(Errno errno, String capability) {
    ListenAddress address =
        new ListenAddress(
            Direction.INBOUND, AddressFamily.INET, 80, ListenAddress.Reach.EVERY_ADDRESS);
    SyscallException cause = new SyscallException("bind", errno.number(), "");

    assertThat(new ListenException(address, cause)).hasMessageContaining("expected " + capability);
  }
}
