// SPDX-License-Identifier: Apache-2.0
package dev.sluice.upstream;

import dev.sluice.failure.FailureKind;
import dev.sluice.linux.Errno;

/** What the errno of a connect means. */
final class ConnectFailures {
  private ConnectFailures() {}

  /** The kind for an errno of {@code socket}, {@code bind} or {@code connect(2)}. */
  static FailureKind kindOf(int errno) {
    Errno known = Errno.of(errno);
    if (known == null) {
      return FailureKind.SYSTEM_ERROR;
    }
    return switch (known) {
      case ECONNREFUSED -> FailureKind.UPSTREAM_REFUSED;
      case ENETUNREACH, EHOSTUNREACH, ENETDOWN, EACCES -> FailureKind.UPSTREAM_UNREACHABLE;
      case ECONNRESET -> FailureKind.UPSTREAM_RESET;
      case ETIMEDOUT -> FailureKind.CONNECT_TIMEOUT;
      // connect(2) after a bind without a port: no port is left towards this destination.
      case EADDRNOTAVAIL -> FailureKind.PORTS_EXHAUSTED;
      case EMFILE, ENFILE, ENOBUFS, ENOMEM -> FailureKind.DESCRIPTORS_EXHAUSTED;
      default -> FailureKind.SYSTEM_ERROR;
    };
  }
}
