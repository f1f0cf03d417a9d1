// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.proxy;

import dev.sluice.lab.topology.Party;
import dev.sluice.net.InterceptionMode;

/** Where the proxy stands between client and server, and how connections get to it. */
enum Route {
  /** In the client's pod, by nat REDIRECT. */
  REDIRECT_OUTBOUND(Party.CLIENT, InterceptionMode.REDIRECT, "outbound"),
  /** In the server's pod, by nat REDIRECT. */
  REDIRECT_INBOUND(Party.SERVER, InterceptionMode.REDIRECT, "inbound"),
  /** In the server's pod, by TPROXY. */
  TPROXY_POD(Party.SERVER, InterceptionMode.TPROXY, "inbound"),
  /** On the router between the two, by TPROXY. */
  TPROXY_GATEWAY(Party.HOST, InterceptionMode.TPROXY, "inbound");

  private final Party place;
  private final InterceptionMode mode;
  private final String direction;

  Route(Party place, InterceptionMode mode, String direction) {
    this.place = place;
    this.mode = mode;
    this.direction = direction;
  }

  Party place() {
    return place;
  }

  InterceptionMode mode() {
    return mode;
  }

  /** As the access log writes it. */
  String direction() {
    return direction;
  }
}
