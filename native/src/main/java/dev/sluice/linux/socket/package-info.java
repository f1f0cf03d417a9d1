// SPDX-License-Identifier: Apache-2.0
/**
 * Sockets and their options by descriptor number, in the kernel's spelling and for both address
 * families, so that they work on Netty's channels too. Start at {@link
 * dev.sluice.linux.socket.Sockets}. Thread-safe, except {@link
 * dev.sluice.linux.socket.PeerAddress}, which is confined to one thread.
 */
@NullMarked
package dev.sluice.linux.socket;

import org.jspecify.annotations.NullMarked;
