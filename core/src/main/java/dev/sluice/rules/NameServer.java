// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules;

import java.net.InetAddress;
import java.util.Optional;

/**
 * A name server of resolv.conf(5). Immutable.
 *
 * @param address never a name, and without a zone
 * @param zone the interface behind which a link-local address lies
 */
public record NameServer(InetAddress address, Optional<String> zone) {
  /** Without a zone. */
  public static NameServer of(InetAddress address) {
    return new NameServer(address, Optional.empty());
  }

  Family family() {
    return subnet().family();
  }

  Subnet subnet() {
    return new Subnet(address, address.getAddress().length * 8);
  }
}
