// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.rules.behaviour;

import dev.sluice.rules.Family;
import java.net.InetAddress;

/** Addresses of the scene and of the world behind it, one of each family. */
enum Site {
  /** The pod's on eth0. */
  POD("10.11.0.2", "fd00:11::2"),
  /** The pod's on eth1. */
  POD_ETH1("10.12.0.2", "fd00:12::2"),
  LOOPBACK("127.0.0.1", "::1"),
  /** From which the proxy dials the application, where it can't use the client's address. */
  PASS_THROUGH("127.0.0.6", "::6"),
  /** The pod's too, and not what applications use to talk to themselves. */
  OTHER_LOOPBACK("127.0.0.2", "fd00:11::2"),
  /** The kubelet's, where the proxy runs on the node. */
  PROBER("169.254.7.127", "fd16:9254:7127:1337:ffff:ffff:ffff:ffff"),
  /** A client next to the pod. */
  NEIGHBOUR("10.11.0.1", "fd00:11::1"),
  /** The virtual machine at eth1. */
  MACHINE("10.12.0.1", "fd00:12::1"),
  SERVICE("10.96.0.10", "fd00:96::10"),
  /** In another subnet than {@link #SERVICE}. */
  FAR_SERVICE("172.20.0.10", "fd00:20::10"),
  NAME_SERVER("10.96.0.53", "fd00:96::53"),
  OTHER_NAME_SERVER("172.20.0.53", "fd00:20::53");

  private final String ipv4;
  private final String ipv6;

  Site(String ipv4, String ipv6) {
    this.ipv4 = ipv4;
    this.ipv6 = ipv6;
  }

  InetAddress address(Family family) {
    return InetAddress.ofLiteral(
        switch (family) {
          case IPV4 -> ipv4;
          case IPV6 -> ipv6;
        });
  }
}
