// SPDX-License-Identifier: Apache-2.0
/**
 * Answers the kubelet's probes for applications that only a connection is asked of. Start reading
 * at {@link dev.sluice.probe.ProbeServer}; its threads are virtual and its own, none is an event
 * loop.
 */
@NullMarked
package dev.sluice.probe;

import org.jspecify.annotations.NullMarked;
