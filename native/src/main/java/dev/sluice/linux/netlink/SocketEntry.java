// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.netlink;

import dev.sluice.linux.socket.TcpState;

/**
 * A socket as the kernel listed it at one moment ({@code struct inet_diag_msg}). Immutable.
 *
 * @param id which socket
 * @param state of UDP only ESTABLISHED (it is connected) and CLOSE (it is not)
 * @param inode what {@code /proc/PID/fd} shows as {@code socket:[inode]}, unsigned 32 bits; 0 if no
 *     process has it any more
 * @param uid the user who made it, unsigned, as the reader's user namespace numbers users
 * @param transparent it has IP_TRANSPARENT, as what a transparent proxy accepts has; false if this
 *     kernel doesn't say (before 5.10)
 */
public record SocketEntry(SocketId id, TcpState state, long inode, long uid, boolean transparent) {}
