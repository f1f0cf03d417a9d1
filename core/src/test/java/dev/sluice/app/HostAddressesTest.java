// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class HostAddressesTest {
  @ParameterizedTest
  @CsvSource({
    "127.0.0.1 ::1 fe80::1 10.0.0.1 fd00::1, false, false",
    "127.0.0.1 ::1 fe80::1 10.0.0.1 fd00::1, true, true",
    "fd00::1 10.0.0.1, false, false",
    "127.0.0.1 fd00::1, false, true",
    "10.0.0.1 fe80::1, true, false",
    "169.254.0.1 fd00::1, false, true"
  })
  void decidesAsIstioDoes(String addresses, boolean dualStack, boolean ipv6) {
    assertThat(decide(addresses, dualStack)).contains(ipv6);
  }

  @ParameterizedTest
  @CsvSource({"127.0.0.1 ::1 fe80::1, true", "127.0.0.1, false"})
  void seesThatThereIsNoAddress(String addresses, boolean dualStack) {
    assertThat(decide(addresses, dualStack)).isEmpty();
  }

  private static Optional<Boolean> decide(String addresses, boolean dualStack) {
    return HostAddresses.ipv6(
        Stream.of(addresses.split(" ", -1)).map(InetAddress::ofLiteral).toList(), dualStack);
  }
}
