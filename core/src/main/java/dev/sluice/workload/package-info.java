// SPDX-License-Identifier: Apache-2.0
/**
 * The proxy of one network namespace, put together: its listeners, both directions, and what is
 * open. A sidecar has one, a node has one for each pod. Start at {@link
 * dev.sluice.workload.WorkloadProxy}. Opened and closed by one thread, served by event loops.
 */
@NullMarked
package dev.sluice.workload;

import org.jspecify.annotations.NullMarked;
