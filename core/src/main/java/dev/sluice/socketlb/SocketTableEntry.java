// SPDX-License-Identifier: Apache-2.0
package dev.sluice.socketlb;

import dev.sluice.linux.netlink.SocketId;
import dev.sluice.linux.socket.TcpState;

/**
 * One socket that the load balancer has connected, as it was at one moment. Immutable.
 *
 * @param id which one; its remote address is no longer the backend if the socket was disconnected
 * @param state of UDP only ESTABLISHED (it is connected) and CLOSE (it is not)
 * @param namespace the inode number of its network namespace
 * @param inode what {@code /proc/PID/fd} shows as {@code socket:[inode]}; 0 if no process has it
 *     any more and only the kernel still goes through its end
 * @param translation how it was connected
 */
public record SocketTableEntry(
    SocketId id, TcpState state, long namespace, long inode, SocketTranslation translation) {

  /**
   * True while the socket is connected to the backend that was chosen for it, or about to be. A TCP
   * socket that was ended keeps its addresses until its owner closes it.
   */
  boolean isWithItsBackend() {
    return state != TcpState.CLOSE && id.remote().equals(translation.backend());
  }
}
