// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.socket;

import java.util.Set;

/**
 * Who is at the other end of a socket of the file system, as the kernel noted it when that end
 * connected or began to listen: {@code SO_PEERCRED} and {@code SO_PEERGROUPS}, <a
 * href="https://man7.org/linux/man-pages/man7/unix.7.html">unix(7)</a>. Immutable.
 *
 * @param process its id; 0 if it can't be seen from this process's pid namespace
 * @param user 0 to 4294967294; 65534 if this user namespace has none for it
 * @param group 0 to 4294967294
 * @param supplementary the groups that it has besides; at most 65,536
 */
public record PeerCredentials(int process, long user, long group, Set<Long> supplementary) {
  /** Copies the set. */
  public PeerCredentials {
    supplementary = Set.copyOf(supplementary);
  }

  /** Whether {@code id} is its group, or one of its supplementary ones. */
  public boolean isMemberOf(long id) {
    return group == id || supplementary.contains(id);
  }
}
