// SPDX-License-Identifier: Apache-2.0
package dev.sluice.socketlb;

import dev.sluice.net.PathReason;
import dev.sluice.policy.DataPath;
import dev.sluice.policy.PolicyDecision;

/**
 * {@code enum path} of socketlb_maps.h in the lower half, which the programs act by, and the reason
 * in the upper half, which only people read.
 */
final class PathBits {
  private static final int NEEDS_NO_PROXY = 1;
  private static final int DENIED = 2;

  private PathBits() {}

  /** As policies have it, which are about service IPs. */
  static int ofServiceIp(DataPath path) {
    return withReason(path, actions(path));
  }

  /** No policy denies a connection to a node port. */
  static int ofNodePort(DataPath path) {
    return withReason(path, actions(path) & ~DENIED);
  }

  /** The reason that was written down. */
  static PathReason reason(int bits) {
    int number = bits >>> Short.SIZE;
    for (PathReason reason : PathReason.values()) {
      if (number(reason) == number) {
        return reason;
      }
    }
    throw new IllegalArgumentException("reason " + number + " is not known; expected 1 to 6");
  }

  private static int withReason(DataPath path, int actions) {
    return number(path.reason()) << Short.SIZE | actions;
  }

  private static int actions(DataPath path) {
    return switch (path) {
      case DataPath.Proxied _ -> 0;
      case DataPath.Socket socket ->
          switch (socket.decision()) {
            case PolicyDecision.Allowed _ -> NEEDS_NO_PROXY;
            case PolicyDecision.Denied _ -> DENIED;
          };
    };
  }

  /** Not the ordinal: it lies in the kernel while programs of other versions come and go. */
  private static int number(PathReason reason) {
    return switch (reason) {
      case NO_POLICY -> 1;
      case ALLOWED -> 2;
      case DENIED -> 3;
      case NOT_TCP -> 4;
      case SOURCE_ADDRESS -> 5;
      case NO_EXEMPTION -> 6;
      // About connections that have come to the proxy, never about a service.
      case NO_SERVICE, CAPTURED, INBOUND -> 0;
    };
  }
}
