// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.proxy;

/** The proxy stands in the server's pod; the application sees the client's own address. */
final class TproxyPodIT extends RelayContract {
  TproxyPodIT() throws Exception {
    super(Intercepted.on(Route.TPROXY_POD));
  }
}
