// SPDX-License-Identifier: Apache-2.0
/**
 * Our own descriptors on Netty's epoll event loops. Start at {@link dev.sluice.loop.Worker}.
 * Everything here is confined to one event loop unless it says otherwise.
 */
@NullMarked
package dev.sluice.loop;

import org.jspecify.annotations.NullMarked;
