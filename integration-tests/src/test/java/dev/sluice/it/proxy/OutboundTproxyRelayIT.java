// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.proxy;

/** The proxy stands in the client's pod, which connections leave by TPROXY. */
final class OutboundTproxyRelayIT extends RelayContract {
  OutboundTproxyRelayIT() throws Exception {
    super(Intercepted.byTproxyOutbound());
  }
}
