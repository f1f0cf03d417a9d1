// SPDX-License-Identifier: Apache-2.0
/**
 * The clients and the servers that {@code scripts/bench --peers} puts load on proxies with, and
 * checks them by: programs of their own, so that each has its own descriptors and processor time.
 * Start at {@link dev.sluice.bench.load.LoadServer} and {@link dev.sluice.bench.load.LoadClient}.
 * Blocking calls on a thread a connection, which is what costs least in a client of few
 * connections.
 */
@NullMarked
package dev.sluice.bench.load;

import org.jspecify.annotations.NullMarked;
