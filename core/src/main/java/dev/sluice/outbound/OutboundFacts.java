// SPDX-License-Identifier: Apache-2.0
package dev.sluice.outbound;

import dev.sluice.intercept.Interception;
import dev.sluice.net.ClientAddress;

/**
 * All that an outbound decision rests on.
 *
 * @param client who connected
 * @param interception where it was going
 * @param withinLimit whether the limit on connections has room for it
 */
public record OutboundFacts(ClientAddress client, Interception interception, boolean withinLimit) {}
