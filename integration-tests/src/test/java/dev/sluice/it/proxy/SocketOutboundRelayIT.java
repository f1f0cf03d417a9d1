// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.proxy;

import dev.sluice.lab.topology.Party;

/** The proxy stands in the client's pod, whose sockets are captured. */
final class SocketOutboundRelayIT extends RelayContract {
  SocketOutboundRelayIT() throws Exception {
    super(Intercepted.bySockets(Party.CLIENT));
  }
}
