// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules;

/** The names of our chains: Istio's, with our prefix. */
final class ChainNames {
  static final String INBOUND = Chain.PREFIX + "INBOUND";
  static final String IN_REDIRECT = Chain.PREFIX + "IN_REDIRECT";
  static final String REDIRECT = Chain.PREFIX + "REDIRECT";
  static final String OUTPUT = Chain.PREFIX + "OUTPUT";
  static final String DIVERT = Chain.PREFIX + "DIVERT";
  static final String TPROXY = Chain.PREFIX + "TPROXY";

  /** Holds what Istio writes into the built-in chain itself. */
  static final String PREROUTING = Chain.PREFIX + "PREROUTING";

  private ChainNames() {}
}
