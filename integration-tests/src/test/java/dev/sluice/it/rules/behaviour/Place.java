// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.rules.behaviour;

/** Where a connection ends up. */
enum Place {
  /** At the proxy's listener for what leaves. */
  OUTBOUND,
  /** At the proxy's listener for what arrives. */
  INBOUND,
  /** At the proxy's listener for name look-ups. */
  DNS,
  /** Not captured: at an application in the pod. */
  POD,
  /** Not captured: at a server outside the pod. */
  WORLD,
  /** Nowhere, or no answer came back. */
  NOWHERE;

  boolean isCaptured() {
    return this == OUTBOUND || this == INBOUND || this == DNS;
  }
}
