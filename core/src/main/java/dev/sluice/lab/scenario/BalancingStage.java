// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.scenario;

import dev.sluice.lab.party.SluiceHome;
import dev.sluice.lab.party.SocketCommands;
import dev.sluice.lab.party.Spawner;
import dev.sluice.lab.topology.Family;
import dev.sluice.lab.topology.Party;
import dev.sluice.net.AddressText;
import dev.sluice.process.Command;
import dev.sluice.socketlb.Scope;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Brings the balanced services into force in the way that a scenario wants. */
final class BalancingStage {
  private final Spawner spawner;
  private final SocketCommands commands;
  private final Progress progress;

  BalancingStage(Spawner spawner, SluiceHome home, Progress progress) {
    this.spawner = spawner;
    this.commands = new SocketCommands(spawner, home);
    this.progress = progress;
  }

  void set(Balancing balancing) throws IOException {
    if (balancing.has(Balancing.Extra.PER_PACKET)) {
      translatePackets();
    }
    if (balancing.sockets().isPresent()) {
      Scope scope = balancing.sockets().get();
      progress.doing("load balancing at connect() (sluice lb apply --scope " + scope + ")");
      Path services = spawner.run().folder().resolve("services.yaml");
      boolean exempting = balancing.has(Balancing.Extra.EXEMPT);
      Files.writeString(
          services,
          exempting ? Manifests.balancedServicesWithPolicy() : Manifests.balancedServices());
      commands.balance(services, scope, exempting);
    }
    if (balancing.has(Balancing.Extra.CLIENT_SKIPPED)) {
      progress.doing("exempting the client pod (sluice lb skip)");
      commands.skip(Party.CLIENT);
    }
    if (balancing.has(Balancing.Extra.SERVICE_IP)) {
      progress.doing("giving the service IP back (sluice service-ip on)");
      commands.giveServiceIpBack(Party.CLIENT);
    }
  }

  /** What kube-proxy writes for services with two endpoints, but in turn and not by dice. */
  private void translatePackets() throws IOException {
    for (Family family : Family.values()) {
      String restore = family == Family.IPV4 ? "iptables-restore" : "ip6tables-restore";
      StringBuilder rules = new StringBuilder("*nat\n");
      for (InetAddress service : List.of(family.balancedServiceIp(), family.openServiceIp())) {
        rules.append(
            """
            -A PREROUTING -d %1$s -p tcp -m statistic --mode nth --every 2 --packet 0 -j DNAT --to-destination %2$s
            -A PREROUTING -d %1$s -p tcp -j DNAT --to-destination %3$s
            """
                .formatted(
                    AddressText.of(service),
                    AddressText.of(Party.SERVER.address(family)),
                    AddressText.of(family.secondBackend())));
      }
      Command.of(restore, "--noflush")
          .inNetworkNamespace(spawner.run().namespaceFile(Party.HOST))
          .withInput(rules.append("COMMIT\n").toString())
          .runOrThrow();
    }
  }
}
