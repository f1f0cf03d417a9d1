// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.topology;

import java.net.InetAddress;
import java.util.Locale;

/** One namespace of the topology. The host routes between the two pods and is their gateway. */
public enum Party {
  /** The pod that dials. */
  CLIENT("10.7.1.2", "2001:db8:7:1::2"),
  /** The node: it forwards, and it is the gateway of the gateway scenario. */
  HOST("10.7.1.1", "2001:db8:7:1::1"),
  /** The pod that is dialled. */
  SERVER("10.7.2.2", "2001:db8:7:2::2");

  /** The host's addresses on the server's side. */
  static final String HOST_TO_SERVER_V4 = "10.7.2.1";

  static final String HOST_TO_SERVER_V6 = "2001:db8:7:2::1";

  private final InetAddress v4;
  private final InetAddress v6;

  Party(String v4, String v6) {
    this.v4 = InetAddress.ofLiteral(v4);
    this.v6 = InetAddress.ofLiteral(v6);
  }

  /** Its address; the host's is the one on the client's side. */
  public InetAddress address(Family family) {
    return switch (family) {
      case IPV4 -> v4;
      case IPV6 -> v6;
    };
  }

  /** In names of namespaces and in texts: {@code client}, {@code host}, {@code server}. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
