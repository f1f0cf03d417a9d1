// SPDX-License-Identifier: Apache-2.0
package dev.sluice.policy;

import dev.sluice.net.PathReason;

/** Which way connections to one port of a service go. Immutable. */
public sealed interface DataPath {
  /** In a word. */
  PathReason reason();

  /** For people: one sentence without a full stop. */
  String why();

  /** The proxy decides each connection, and relays it. */
  record Proxied(PathReason reason, String why) implements DataPath {
    /** Checks that the reason is one for the proxy. */
    public Proxied {
      require(reason, PathReason.Path.PROXIED);
    }
  }

  /**
   * The load balancer decides at connect, and nobody is in between afterwards.
   *
   * @param decision the same for every client
   */
  record Socket(PathReason reason, String why, PolicyDecision decision) implements DataPath {
    /** There is nothing to decide. */
    public static final Socket WITHOUT_POLICY =
        new Socket(PathReason.NO_POLICY, "no policy is about it", PolicyDecision.Allowed.INSTANCE);

    /** Checks that the reason is one for the socket. */
    public Socket {
      require(reason, PathReason.Path.SOCKET);
    }
  }

  private static void require(PathReason reason, PathReason.Path path) {
    if (reason.path() != path) {
      throw new IllegalArgumentException(
          "reason " + reason.word() + "; expected one for " + path.word());
    }
  }
}
