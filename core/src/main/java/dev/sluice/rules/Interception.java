// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules;

/** By which means of netfilter connections come to the proxy, in each direction. */
public enum Interception {
  /** nat REDIRECT in both directions. */
  REDIRECT(false, false),
  /** TPROXY for what arrives, nat REDIRECT for what leaves: Istio's TPROXY. */
  TPROXY(true, false),
  /** nat REDIRECT for what arrives, TPROXY for what leaves. */
  TPROXY_OUTBOUND(false, true),
  /** TPROXY in both directions: no connection's address is ever translated. */
  TPROXY_BOTH(true, true),
  /**
   * nat REDIRECT in a pod whose proxy runs on the node and opens its sockets in the pod's network
   * namespace. The proxy's sockets are known by their mark, not by their owner.
   */
  NODE(false, false);

  private final boolean inboundByTproxy;
  private final boolean outboundByTproxy;

  Interception(boolean inboundByTproxy, boolean outboundByTproxy) {
    this.inboundByTproxy = inboundByTproxy;
    this.outboundByTproxy = outboundByTproxy;
  }

  /** Whether what arrives keeps its destination on its way to the inbound listener. */
  public boolean inboundByTproxy() {
    return inboundByTproxy;
  }

  /** Whether what leaves keeps its destination on its way to the outbound listener. */
  public boolean outboundByTproxy() {
    return outboundByTproxy;
  }
}
