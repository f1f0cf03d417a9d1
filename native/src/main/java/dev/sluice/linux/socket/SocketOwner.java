// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.socket;

import dev.sluice.linux.Errno;
import dev.sluice.linux.SyscallException;
import dev.sluice.linux.ffi.ProcessCalls;
import java.util.function.IntUnaryOperator;

/**
 * The user and group that a socket belongs to for netfilter's {@code owner} match and nft's {@code
 * skuid} and {@code skgid}: those that the opening thread had towards the file system (<a
 * href="https://man7.org/linux/man-pages/man2/setfsuid.2.html">setfsuid(2)</a>). They stay with the
 * socket. Immutable.
 *
 * @param user 0 to 4294967294
 * @param group 0 to 4294967294
 */
public record SocketOwner(long user, long group) {
  /** What the two calls take for a question. */
  private static final int UNCHANGED = -1;

  private static final long HIGHEST_ID = 4_294_967_294L;

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if an id is not one that the kernel has
   */
  public SocketOwner {
    require("user", user);
    require("group", group);
  }

  /**
   * A TCP socket of this owner, as {@link Sockets#openStream} opens one; the caller closes it. The
   * calling thread, a platform thread, is somebody else for that moment.
   *
   * @throws SyscallException EPERM if the thread may not be this owner: that needs CAP_SETUID and
   *     CAP_SETGID unless it is the owner already; or what opening says
   */
  public int openStream(AddressFamily family) throws SyscallException {
    return as(() -> Sockets.openStream(family));
  }

  /** A UDP socket of this owner, on the same terms. */
  public int openDatagram(AddressFamily family) throws SyscallException {
    return as(() -> Sockets.openDatagram(family));
  }

  private int as(Opening opening) throws SyscallException {
    int groupBefore = ProcessCalls.setFileSystemGroup((int) group);
    int userBefore = ProcessCalls.setFileSystemUser((int) user);
    try {
      requireChanged("setfsgid", ProcessCalls::setFileSystemGroup, group, "CAP_SETGID");
      requireChanged("setfsuid", ProcessCalls::setFileSystemUser, user, "CAP_SETUID");
      return opening.open();
    } finally {
      // Going back to one's own ids is always allowed.
      ProcessCalls.setFileSystemUser(userBefore);
      ProcessCalls.setFileSystemGroup(groupBefore);
    }
  }

  private static void requireChanged(
      String call, IntUnaryOperator set, long wanted, String capability) throws SyscallException {
    if (set.applyAsInt(UNCHANGED) != (int) wanted) {
      throw new SyscallException(call, Errno.EPERM.number(), "to " + wanted, "needs " + capability);
    }
  }

  private static void require(String what, long id) {
    if (id < 0 || id > HIGHEST_ID) {
      throw new IllegalArgumentException(
          what + " id " + id + " of a socket; expected 0 to " + HIGHEST_ID);
    }
  }

  /** {@code user 1337, group 1337}. */
  @Override
  public String toString() {
    return "user " + user + ", group " + group;
  }

  private interface Opening {
    int open() throws SyscallException;
  }
}
