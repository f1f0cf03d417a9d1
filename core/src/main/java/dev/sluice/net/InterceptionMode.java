// SPDX-License-Identifier: Apache-2.0
package dev.sluice.net;

/** How connections are steered to the proxy, and therefore how it learns where they were going. */
public enum InterceptionMode {
  /** nat REDIRECT in both directions; the original destination comes from conntrack. */
  REDIRECT,
  /**
   * mangle TPROXY inbound, nat REDIRECT outbound. Inbound the original destination is the accepted
   * socket's local address, and the client's address and port are kept towards the application.
   */
  TPROXY
}
