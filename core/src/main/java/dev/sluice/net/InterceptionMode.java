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
  TPROXY,
  /**
   * eBPF programs on sockets, no netfilter. The original destination outbound comes from {@code
   * SO_ORIGINAL_DST}, which a program answers, and inbound it is the accepted socket's local
   * address; the application sees the client although the proxy connects from loopback.
   */
  SOCKET,
  /**
   * nat REDIRECT in both directions, in a pod whose proxy runs on the node and opens its sockets in
   * the pod's network namespace. The client's address is kept towards the application, its port
   * isn't.
   */
  NODE
}
