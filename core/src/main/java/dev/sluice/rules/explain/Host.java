// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.explain;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What of a host decides the way of a packet. Immutable.
 *
 * @param interfaces the addresses of each interface by its name, those that the kernel prefers
 *     first
 * @param wayOut the interface through which packets for other hosts leave, or {@link #NO_ROUTE}
 */
public record Host(Map<String, List<InetAddress>> interfaces, String wayOut) {
  /** Copies {@code interfaces}. */
  public Host {
    Map<String, List<InetAddress>> copy = new LinkedHashMap<>();
    interfaces.forEach((name, addresses) -> copy.put(name, List.copyOf(addresses)));
    interfaces = Map.copyOf(copy);
  }

  /** Stands for the way out where no route leads. */
  public static final String NO_ROUTE = "-";

  /** The same host, where packets for other hosts leave through {@code interfaceName}. */
  Host leavingThrough(String interfaceName) {
    return new Host(interfaces, interfaceName);
  }

  /** What the kernel takes for the address of a client that asked for none. */
  InetAddress sourceTowards(InetAddress to) {
    if (owns(to)) {
      return to.isLoopbackAddress() ? InetAddress.ofLiteral(isIpv4(to) ? "127.0.0.1" : "::1") : to;
    }
    return addressOf(wayOut, to)
        .orElseGet(() -> InetAddress.ofLiteral(isIpv4(to) ? "0.0.0.0" : "::"));
  }

  private static boolean isIpv4(InetAddress address) {
    return address instanceof Inet4Address;
  }

  /** The same host, with one more address on {@code interfaceName}. */
  Host with(String interfaceName, InetAddress address) {
    Map<String, List<InetAddress>> more = new LinkedHashMap<>(interfaces);
    List<InetAddress> addresses = new ArrayList<>(more.getOrDefault(interfaceName, List.of()));
    addresses.add(address);
    more.put(interfaceName, addresses);
    return new Host(more, wayOut);
  }

  /** Whether packets to {@code address} stay on this host, without any rule. */
  boolean owns(InetAddress address) {
    return address.isLoopbackAddress()
        || interfaces.values().stream().anyMatch(each -> each.contains(address));
  }

  /** The address of {@code interfaceName} to which REDIRECT sends what came in through it. */
  Optional<InetAddress> addressOf(String interfaceName, InetAddress sameFamilyAs) {
    return interfaces.getOrDefault(interfaceName, List.of()).stream()
        .filter(each -> each.getClass() == sameFamilyAs.getClass())
        .filter(each -> !each.isLinkLocalAddress())
        .findFirst();
  }
}
