// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.serviceip;

import dev.sluice.lab.topology.Family;
import dev.sluice.net.AddressText;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/** How a client writes an address into its call of connect. */
enum Form {
  IPV4(Family.IPV4, ""),
  IPV6(Family.IPV6, ""),
  /** An IPv6 socket, as every JVM makes them, to an IPv4 address. */
  V4_MAPPED(Family.IPV4, "::ffff:");

  private final Family family;
  private final String prefix;

  Form(Family family, String prefix) {
    this.family = family;
    this.prefix = prefix;
  }

  /** As client.py takes it. */
  String argument(int service) {
    return prefix + address(service) + "," + Services.PORT;
  }

  /** As the access log and everybody else writes it. */
  String text(int service) {
    return AddressText.of(
        new InetSocketAddress(InetAddress.ofLiteral(address(service)), Services.PORT));
  }

  private String address(int service) {
    return Services.ip(family, service);
  }
}
