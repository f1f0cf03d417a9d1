// SPDX-License-Identifier: Apache-2.0
package dev.sluice.upstream;

import dev.sluice.net.ClientAddress;
import java.net.InetAddress;

/** From which address an upstream connection is made: what the server sees as its peer. */
public sealed interface UpstreamSource {
  /** Whatever the routes say. */
  record ChosenByKernel() implements UpstreamSource {}

  /** An address of this namespace, any port: 127.0.0.6 or ::6, or the pod's own without these. */
  record Passthrough(InetAddress address) implements UpstreamSource {}

  /**
   * A loopback address, any port, having told the kernel whom the connection stands for: the
   * application sees the client. Needs a {@link ClientAnnouncer}.
   */
  record Announced(InetAddress address, ClientAddress client) implements UpstreamSource {}

  /** The client's address, which isn't ours, with another port: needs {@code IP_TRANSPARENT}. */
  record ClientHost(InetAddress address, Ports ports) implements UpstreamSource {
    /** From where the other port is taken. */
    public enum Ports {
      /**
       * From those that clients don't use unless they choose them. With a port that the same client
       * has in use, conntrack would take the connection for the client's own.
       */
      APART,
      /** From those that the kernel picks. */
      ANY
    }
  }

  /** The client's own address and port, which aren't ours: needs {@code IP_TRANSPARENT}. */
  record ClientItself(ClientAddress client) implements UpstreamSource {}
}
