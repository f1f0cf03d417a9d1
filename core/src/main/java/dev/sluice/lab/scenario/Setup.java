// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.scenario;

import dev.sluice.lab.topology.Party;
import dev.sluice.net.InterceptionMode;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What a scenario needs beside the topology. Immutable.
 *
 * @param interceptions whose connections are led through a proxy
 * @param servers who runs servers
 * @param extras what else
 * @param balancing who leads to the backends of the balanced services, where a scenario has them
 */
public record Setup(
    List<Interception> interceptions,
    List<Party> servers,
    Set<Extra> extras,
    Optional<Balancing> balancing) {
  /** Something that only some scenarios need. */
  public enum Extra {
    /** The proxies get a policy that denies one port of the service IP. */
    POLICY,
    /** The host translates a service IP to the client pod, with source translation for hairpins. */
    SELF_SERVICE,
    /** Connect and round trip are timed. */
    LATENCY
  }

  /** Copies. */
  public Setup {
    interceptions = List.copyOf(interceptions);
    servers = List.copyOf(servers);
    extras = Set.copyOf(extras);
  }

  static Setup of(Interception... interceptions) {
    return new Setup(List.of(interceptions), List.of(Party.SERVER), Set.of(), Optional.empty());
  }

  Setup serving(Party... parties) {
    return new Setup(interceptions, List.of(parties), extras, balancing);
  }

  Setup with(Extra extra) {
    EnumSet<Extra> more = EnumSet.of(extra);
    more.addAll(extras);
    return new Setup(interceptions, servers, more, balancing);
  }

  Setup with(Balancing wanted) {
    return new Setup(interceptions, servers, extras, Optional.of(wanted));
  }

  /** Whether programs are attached to the parties' cgroups. */
  boolean needsCgroups() {
    return balancing.isPresent()
        || interceptions.stream().anyMatch(one -> one.mode() == InterceptionMode.SOCKET);
  }

  boolean has(Extra extra) {
    return extras.contains(extra);
  }
}
