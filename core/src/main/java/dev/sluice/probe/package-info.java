// SPDX-License-Identifier: Apache-2.0
/**
 * Answers the kubelet's probes for applications that only a connection is asked of. Start reading
 * at {@link dev.sluice.probe.AppProbes}, which blocks; it is asked on virtual threads, never on an
 * event loop.
 */
@NullMarked
package dev.sluice.probe;

import org.jspecify.annotations.NullMarked;
