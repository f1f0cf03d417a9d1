// SPDX-License-Identifier: Apache-2.0
/**
 * Connections to the local workload: one planner that decides, one proxy that acts. Start at {@link
 * dev.sluice.inbound.InboundPlanner}. The planner is pure; the proxy is event-loop confined.
 */
@NullMarked
package dev.sluice.inbound;

import org.jspecify.annotations.NullMarked;
