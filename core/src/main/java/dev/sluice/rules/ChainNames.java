// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules;

/** The names of our chains: Istio's, with our prefix, and some more. */
final class ChainNames {
  static final String INBOUND = Chain.PREFIX + "INBOUND";
  static final String IN_REDIRECT = Chain.PREFIX + "IN_REDIRECT";
  static final String REDIRECT = Chain.PREFIX + "REDIRECT";
  static final String OUTPUT = Chain.PREFIX + "OUTPUT";
  static final String OUTPUT_DNS = Chain.PREFIX + "OUTPUT_DNS";
  static final String DIVERT = Chain.PREFIX + "DIVERT";
  static final String TPROXY = Chain.PREFIX + "TPROXY";

  /** Holds what Istio writes into the built-in chain itself. */
  static final String PREROUTING = Chain.PREFIX + "PREROUTING";

  /** Decides about connections that the proxy didn't open and that nothing exempts. */
  static final String CAPTURE = Chain.PREFIX + "CAPTURE";

  /** With TPROXY for what leaves: looks at first packets. */
  static final String OUTBOUND = Chain.PREFIX + "OUTBOUND";

  /** With TPROXY for what leaves: hands packets to the outbound listener. */
  static final String OUT_TPROXY = Chain.PREFIX + "OUT_TPROXY";

  /** Of nat: what no rule before it redirected. */
  static final String LEFT = Chain.PREFIX + "LEFT";

  /** First packets that meet a connection which was left alone. */
  static final String REUSED = Chain.PREFIX + "REUSED";

  /** {@link #CAPTURE} for those. */
  static final String REUSED_CAPTURE = Chain.PREFIX + "REUSED_CAPTURE";

  private ChainNames() {}
}
