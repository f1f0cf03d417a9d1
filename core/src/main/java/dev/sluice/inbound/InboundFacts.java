// SPDX-License-Identifier: Apache-2.0
package dev.sluice.inbound;

import dev.sluice.intercept.Interception;
import dev.sluice.net.ClientAddress;
import dev.sluice.net.InterceptionMode;

/**
 * All that an inbound decision rests on.
 *
 * @param mode how it came here
 * @param client who connected
 * @param interception where it was going
 * @param withinLimit whether the limit on connections has room for it
 * @param place what this network namespace offers
 */
public record InboundFacts(
    InterceptionMode mode,
    ClientAddress client,
    Interception interception,
    boolean withinLimit,
    Place place) {

  /**
   * The namespace, as far as the original destination is concerned.
   *
   * @param destinationIsLocal whether the original destination is one of its addresses: in a pod it
   *     is, on a gateway it isn't
   * @param loopbackReturns whether answers from the loopback address to a foreign one come back to
   *     the proxy
   * @param passthroughSourceExists whether 127.0.0.6 or ::6, by family, can be bound
   */
  public record Place(
      boolean destinationIsLocal, boolean loopbackReturns, boolean passthroughSourceExists) {}
}
