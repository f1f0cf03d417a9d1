// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.proxy;

/** The proxy stands in the server's pod; the application sees 127.0.0.6 or ::6. */
final class RedirectInboundIT extends RelayContract {
  RedirectInboundIT() throws Exception {
    super(Intercepted.on(Route.REDIRECT_INBOUND));
  }
}
