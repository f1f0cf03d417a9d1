// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.proxy;

/** The proxy stands between the two pods; the server sees the client's own address. */
final class TproxyGatewayIT extends RelayContract {
  TproxyGatewayIT() throws Exception {
    super(Intercepted.on(Route.TPROXY_GATEWAY));
  }
}
