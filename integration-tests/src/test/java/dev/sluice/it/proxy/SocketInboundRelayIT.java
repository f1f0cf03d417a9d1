// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.proxy;

import dev.sluice.lab.topology.Party;

/** The proxy stands in the server's pod, whose sockets are captured. */
final class SocketInboundRelayIT extends RelayContract {
  SocketInboundRelayIT() throws Exception {
    super(Intercepted.bySockets(Party.SERVER));
  }
}
