// SPDX-License-Identifier: Apache-2.0
package dev.sluice.relay;

import dev.sluice.loop.Worker;
import dev.sluice.telemetry.ConnectionOrigin;

/**
 * The accepted side of a connection, learned and not yet served.
 *
 * @param descriptor non-blocking, on no epoll yet; whoever is handed this record owns it
 * @param origin what was learned
 * @param acceptedAtNanos on the clock of {@link System#nanoTime()}
 * @param worker the loop that serves it
 */
public record Downstream(
    int descriptor, ConnectionOrigin origin, long acceptedAtNanos, Worker worker) {}
