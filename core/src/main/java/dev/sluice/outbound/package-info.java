// SPDX-License-Identifier: Apache-2.0
/**
 * Connections from the local workload: one planner that decides, one proxy that acts. Start at
 * {@link dev.sluice.outbound.OutboundPlanner}. The planner is pure; the proxy is event-loop
 * confined.
 */
@NullMarked
package dev.sluice.outbound;

import org.jspecify.annotations.NullMarked;
