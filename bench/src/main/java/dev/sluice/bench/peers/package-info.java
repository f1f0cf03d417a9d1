// SPDX-License-Identifier: Apache-2.0
/**
 * {@code scripts/bench --peers}: the proxy and its peers side by side in one run. Start at {@link
 * dev.sluice.bench.peers.Peers}. Each variant has a pod, the way from it to the servers; all stand
 * at the same time, and {@link dev.sluice.bench.peers.Run} puts one load after the other on them.
 * Confined to the main thread, whose end also ends every process that was started.
 */
@NullMarked
package dev.sluice.bench.peers;

import org.jspecify.annotations.NullMarked;
