// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.List;
import java.util.Optional;

/** Whether istio-iptables would see a host of IPv6. Pure, but for {@link #here}. */
final class HostAddresses {
  private HostAddresses() {}

  /** The addresses of this network namespace. */
  static List<InetAddress> here() throws SocketException {
    return NetworkInterface.networkInterfaces().flatMap(NetworkInterface::inetAddresses).toList();
  }

  /**
   * Whether rules for IPv6 are made: with {@code dualStack} if there is an address of IPv6 beside
   * loopback and link-local ones, without it only if there is none of IPv4.
   *
   * @return empty if there is no address at all, which istio-iptables refuses
   */
  static Optional<Boolean> ipv6(List<InetAddress> addresses, boolean dualStack) {
    List<InetAddress> global =
        addresses.stream()
            .filter(address -> !address.isLoopbackAddress() && !address.isLinkLocalAddress())
            .toList();
    if (global.isEmpty()) {
      return Optional.empty();
    }
    // Without dualStack the first address decides, and the kernel lists those of IPv4 first.
    return Optional.of(
        dualStack
            ? global.stream().anyMatch(Inet6Address.class::isInstance)
            : global.stream().allMatch(Inet6Address.class::isInstance));
  }
}
