// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.scenario;

import dev.sluice.socketlb.Scope;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/**
 * Who leads the connections to a service IP to its backends. Immutable.
 *
 * @param sockets the scope of the load balancer at connect(2); empty if it isn't attached
 * @param extras what else
 */
public record Balancing(Optional<Scope> sockets, Set<Extra> extras) {
  /** Something that only some answers need. */
  public enum Extra {
    /** The host translates packets, as kube-proxy does. */
    PER_PACKET,
    /** Policies are decided at connect(2) where they can be, and connections go past the proxy. */
    EXEMPT,
    /** The client pod is exempt from load balancing at connect(2). */
    CLIENT_SKIPPED,
    /** The client pod's proxy is told the service IP. */
    SERVICE_IP
  }

  /** Copies. */
  public Balancing {
    extras = Set.copyOf(extras);
  }

  static Balancing perPacket() {
    return new Balancing(Optional.empty(), Set.of(Extra.PER_PACKET));
  }

  static Balancing sockets(Scope scope) {
    return new Balancing(Optional.of(scope), Set.of());
  }

  Balancing with(Extra extra) {
    EnumSet<Extra> more = EnumSet.of(extra);
    more.addAll(extras);
    return new Balancing(sockets, more);
  }

  boolean has(Extra extra) {
    return extras.contains(extra);
  }
}
