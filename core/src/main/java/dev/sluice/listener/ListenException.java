// SPDX-License-Identifier: Apache-2.0
package dev.sluice.listener;

import dev.sluice.linux.Errno;
import dev.sluice.linux.SyscallException;
import java.io.IOException;

/** A listener that can't be had. The message is fit for a user. */
public final class ListenException extends IOException {
  private static final long serialVersionUID = 1L;

  private final boolean familyMissing;

  ListenException(ListenAddress address, SyscallException cause) {
    super("cannot listen on " + address + ": " + explain(cause), cause);
    this.familyMissing = cause.is(Errno.EAFNOSUPPORT);
  }

  /** Whether this kernel was started without the address family: the other one may still do. */
  public boolean familyMissing() {
    return familyMissing;
  }

  private static String explain(SyscallException cause) {
    if (cause.is(Errno.EADDRINUSE)) {
      return "EADDRINUSE: another process listens there; expected a free port";
    }
    if (cause.is(Errno.EACCES)) {
      return cause.getMessage()
          + "; expected CAP_NET_BIND_SERVICE, or a port from net.ipv4.ip_unprivileged_port_start"
          + " on";
    }
    if (cause.is(Errno.EPERM)) {
      return cause.getMessage() + "; expected CAP_NET_ADMIN, which TPROXY needs";
    }
    return String.valueOf(cause.getMessage());
  }
}
