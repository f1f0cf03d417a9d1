// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import java.net.InetSocketAddress;
import java.util.Optional;

/**
 * The connection that was made, from its client. Immutable.
 *
 * @param place where
 * @param destination what connect(2) was given
 * @param calledAtNanos just before the call
 * @param endedAtNanos when it was connected, or refused
 * @param errno 0, or the error of connect(2)
 * @param local getsockname(2); empty if it says nothing, or no port: nothing has left the socket
 * @param peer getpeername(2); empty if it is not connected
 */
record Dial(
    Place place,
    InetSocketAddress destination,
    long calledAtNanos,
    long endedAtNanos,
    int errno,
    Optional<InetSocketAddress> local,
    Optional<InetSocketAddress> peer) {}
