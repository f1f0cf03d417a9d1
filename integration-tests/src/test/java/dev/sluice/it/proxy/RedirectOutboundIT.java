// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.proxy;

/** The proxy stands in the client's pod. */
final class RedirectOutboundIT extends RelayContract {
  RedirectOutboundIT() throws Exception {
    super(Intercepted.on(Route.REDIRECT_OUTBOUND));
  }
}
