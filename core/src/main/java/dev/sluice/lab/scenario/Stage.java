// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.scenario;

import dev.sluice.lab.party.ProxyProcess;
import dev.sluice.lab.party.Servers;
import dev.sluice.lab.party.SluiceHome;
import dev.sluice.lab.party.Spawner;
import dev.sluice.lab.topology.Family;
import dev.sluice.lab.topology.LabException;
import dev.sluice.lab.topology.Party;
import dev.sluice.lab.topology.Topology;
import dev.sluice.net.AddressText;
import dev.sluice.process.Command;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;

/**
 * A scenario that is set up: namespaces, servers, rules, proxies. Closing it removes all of them.
 */
final class Stage implements AutoCloseable {
  private final Setup setup;
  private final Topology topology;
  private final InterceptionStage interception;
  private final Map<Party, Servers> servers = new EnumMap<>(Party.class);
  private final Map<Party, ProxyProcess> proxies = new EnumMap<>(Party.class);

  private Stage(Setup setup, Topology topology, InterceptionStage interception) {
    this.setup = setup;
    this.topology = topology;
    this.interception = interception;
  }

  static Stage open(Spawner spawner, SluiceHome home, Setup setup, Progress progress)
      throws IOException {
    progress.doing("namespaces");
    Stage stage =
        new Stage(
            setup, Topology.build(spawner.run()), new InterceptionStage(spawner, home, progress));
    try {
      if (setup.needsCgroups()) {
        // Before any process: a socket belongs to the cgroup in which it was made.
        spawner.run().makeSocketWorld();
      }
      progress.doing("servers");
      for (Party party : setup.servers()) {
        stage.servers.put(party, Servers.start(spawner, party));
      }
      if (setup.has(Setup.Extra.SELF_SERVICE)) {
        stage.translateSelfService();
      }
      if (setup.balancing().isPresent()) {
        new BalancingStage(spawner, home, progress).set(setup.balancing().get());
      }
      stage.proxies.putAll(stage.interception.set(setup));
      return stage;
    } catch (IOException e) {
      stage.close();
      throw e;
    }
  }

  Servers servers(Party party) throws LabException {
    Servers found = servers.get(party);
    if (found == null) {
      throw new LabException("the scenario asks the server of " + party + ", which has none");
    }
    return found;
  }

  ProxyProcess proxy(Party party) {
    return java.util.Objects.requireNonNull(proxies.get(party), party + " has no proxy");
  }

  /** The proxies, by the party that they stand for. */
  Map<Party, ProxyProcess> proxies() {
    return proxies;
  }

  Path namespace(Party party) {
    return topology.run().namespaceFile(party);
  }

  /**
   * Stops the proxies by SIGTERM; what leads to them stays.
   *
   * @return their exit codes
   */
  Map<Party, Integer> stopProxies() throws LabException {
    Map<Party, Integer> codes = new EnumMap<>(Party.class);
    for (Map.Entry<Party, ProxyProcess> proxy : proxies.entrySet()) {
      codes.put(proxy.getKey(), proxy.getValue().stop());
    }
    proxies.clear();
    return codes;
  }

  /** Lets the connections of every party go their own way again. */
  void removeInterception() throws IOException {
    interception.remove(setup.interceptions());
  }

  @Override
  public void close() throws IOException {
    topology.close();
  }

  /** What kube-proxy writes for a service whose only endpoint is the client pod. */
  private void translateSelfService() throws IOException {
    for (Family family : Family.values()) {
      String restore = family == Family.IPV4 ? "iptables-restore" : "ip6tables-restore";
      String pod = AddressText.of(Party.CLIENT.address(family));
      String rules =
          """
          *nat
          -A PREROUTING -d %s -p tcp -j DNAT --to-destination %s
          -A POSTROUTING -s %s -d %s -j MASQUERADE
          COMMIT
          """
              .formatted(AddressText.of(family.selfServiceIp()), pod, pod, pod);
      Command.of(restore, "--noflush")
          .inNetworkNamespace(namespace(Party.HOST))
          .withInput(rules)
          .runOrThrow();
    }
  }
}
