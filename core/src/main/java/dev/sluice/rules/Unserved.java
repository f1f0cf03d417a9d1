// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules;

/** What becomes of connections that arrive by TPROXY while no proxy listens. */
public enum Unserved {
  /** Their packets are lost, and with them what was meant for the application: fails closed. */
  LOST,
  /** They reach the application without the proxy: fails open. Native nftables alone. */
  PASSED
}
