// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import dev.sluice.linux.netlink.SocketEntry;
import java.util.Optional;

/**
 * A socket as the kernel had it.
 *
 * @param readAtNanos when
 */
record SeenSocket(Place place, SocketEntry socket, Optional<Holder> holder, long readAtNanos) {}
