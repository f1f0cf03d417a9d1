// SPDX-License-Identifier: Apache-2.0
package dev.sluice.loop;

import dev.sluice.linux.Errno;
import dev.sluice.linux.SyscallException;
import dev.sluice.linux.socket.AddressFamily;
import dev.sluice.linux.socket.SocketOptions;
import dev.sluice.linux.socket.SocketPlace;
import dev.sluice.linux.socket.Sockets;
import java.util.List;

/**
 * How our side of a connection within the namespace sends: between the proxy and the application
 * beside it. Where the system's congestion control is BBR, the kernel starts a timer for every 64
 * KiB, so as not to overrun a network that isn't there; on the loopback interface these timers cost
 * several times what the bytes do. Such a socket gets one that doesn't pace. What goes over the
 * network is sent as the system says.
 *
 * @param congestionControl for sockets of that kind; empty leaves them as they are
 */
public record LocalSending(String congestionControl) {
  /** Leaves every socket as the system makes it. */
  public static final LocalSending AS_THE_SYSTEM = new LocalSending("");

  /** The kernel's own default first; the last is part of every kernel, and allowed to everybody. */
  private static final List<String> WITHOUT_PACING = List.of("cubic", "reno");

  /**
   * What suits sockets of {@code place}, found by trying it on one.
   *
   * @throws SyscallException if no socket can be had there
   */
  public static LocalSending learn(SocketPlace place) throws SyscallException {
    int descriptor = place.openStream(AddressFamily.INET);
    try {
      return isPacing(SocketOptions.congestionControl(descriptor))
          ? withoutPacing(descriptor)
          : AS_THE_SYSTEM;
    } finally {
      Sockets.close(descriptor);
    }
  }

  /** BBR in each of its versions; nothing else in Linux asks TCP to pace. */
  private static boolean isPacing(String name) {
    return name.startsWith("bbr");
  }

  private static LocalSending withoutPacing(int descriptor) throws SyscallException {
    for (String name : WITHOUT_PACING) {
      try {
        SocketOptions.setCongestionControl(descriptor, name);
        return new LocalSending(name);
      } catch (SyscallException e) {
        if (e.errno() != Errno.ENOENT.number() && e.errno() != Errno.EPERM.number()) {
          throw e;
        }
      }
    }
    return AS_THE_SYSTEM;
  }

  /**
   * Has {@code descriptor} send so: one that connects within the namespace, or listens for those
   * that do, whose sockets inherit it.
   */
  public void applyTo(int descriptor) throws SyscallException {
    if (!congestionControl.isEmpty()) {
      SocketOptions.setCongestionControl(descriptor, congestionControl);
    }
  }
}
