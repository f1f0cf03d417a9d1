// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import dev.sluice.linux.netlink.TraceMessage;

/** A message about a packet, and in which namespace it was. Immutable. */
record SeenPacket(Place place, TraceMessage message) {}
