// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.scenario;

import dev.sluice.lab.party.ProxyProcess;
import dev.sluice.lab.party.RuleCommand;
import dev.sluice.lab.party.Servers;
import dev.sluice.lab.party.Sidecar;
import dev.sluice.lab.party.SluiceHome;
import dev.sluice.lab.party.Spawner;
import dev.sluice.lab.topology.Family;
import dev.sluice.lab.topology.LabException;
import dev.sluice.lab.topology.Party;
import dev.sluice.lab.topology.Topology;
import dev.sluice.net.AddressText;
import dev.sluice.process.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A scenario that is set up: namespaces, servers, rules, proxies. Closing it removes all of them.
 */
final class Stage implements AutoCloseable {
  private final Spawner spawner;
  private final SluiceHome home;
  private final Setup setup;
  private final Topology topology;
  private final Map<Party, Servers> servers = new EnumMap<>(Party.class);
  private final Map<Party, ProxyProcess> proxies = new EnumMap<>(Party.class);

  private Stage(Spawner spawner, SluiceHome home, Setup setup, Topology topology) {
    this.spawner = spawner;
    this.home = home;
    this.setup = setup;
    this.topology = topology;
  }

  static Stage open(Spawner spawner, SluiceHome home, Setup setup, Progress progress)
      throws IOException {
    progress.doing("namespaces");
    Stage stage = new Stage(spawner, home, setup, Topology.build(spawner.run()));
    try {
      if (setup.balancing().isPresent()) {
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
      stage.intercept(progress);
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

  /** The proxies, by the party that they stand for. */
  Map<Party, ProxyProcess> proxies() {
    return proxies;
  }

  Path namespace(Party party) {
    return topology.run().namespaceFile(party);
  }

  /**
   * Stops the proxies by SIGTERM; their rules stay.
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

  /** Removes the rules of every party. */
  void removeRules() throws IOException {
    for (Interception interception : setup.interceptions()) {
      RuleCommand.remove(spawner, home, interception.party());
    }
  }

  @Override
  public void close() throws IOException {
    topology.close();
  }

  private void intercept(Progress progress) throws IOException {
    Optional<Path> policy = Optional.empty();
    if (setup.has(Setup.Extra.POLICY)) {
      Path file = spawner.run().folder().resolve("policy.yaml");
      boolean balanced = setup.balancing().isPresent();
      Files.writeString(
          file, Manifests.policyOn(balanced ? Family::balancedServiceIp : Family::serviceIp));
      policy = Optional.of(file);
    }
    for (Interception interception : setup.interceptions()) {
      progress.doing("rules (sluice init -m " + interception.mode() + ")");
      RuleCommand.apply(spawner, home, interception.party(), interception.mode());
    }
    progress.doing("proxy");
    List<ProxyProcess> starting = new ArrayList<>();
    for (Interception interception : setup.interceptions()) {
      ProxyProcess proxy =
          interception.sidecar() == Sidecar.SLUICE
              ? ProxyProcess.start(spawner, home, interception.party(), interception.mode(), policy)
              : ProxyProcess.start(spawner, home, interception.party(), interception.sidecar());
      proxies.put(interception.party(), proxy);
      starting.add(proxy);
    }
    for (ProxyProcess proxy : starting) {
      proxy.awaitListening();
    }
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
