// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.scenario;

import dev.sluice.lab.party.ProxyProcess;
import dev.sluice.lab.party.RuleCommand;
import dev.sluice.lab.party.Sidecar;
import dev.sluice.lab.party.SluiceHome;
import dev.sluice.lab.party.SocketCommands;
import dev.sluice.lab.party.Spawner;
import dev.sluice.lab.topology.Family;
import dev.sluice.lab.topology.Party;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Leads the connections of the parties that a scenario names to their proxies. */
final class InterceptionStage {
  private final Spawner spawner;
  private final SluiceHome home;
  private final SocketCommands commands;
  private final Progress progress;

  InterceptionStage(Spawner spawner, SluiceHome home, Progress progress) {
    this.spawner = spawner;
    this.home = home;
    this.commands = new SocketCommands(spawner, home);
    this.progress = progress;
  }

  /** Returns the proxies when all of them listen. */
  Map<Party, ProxyProcess> set(Setup setup) throws IOException {
    for (Interception interception : setup.interceptions()) {
      lead(interception);
    }
    progress.doing("proxy");
    Optional<Path> policy = policy(setup);
    Map<Party, ProxyProcess> proxies = new EnumMap<>(Party.class);
    for (Interception interception : setup.interceptions()) {
      proxies.put(interception.party(), start(interception, policy));
    }
    for (ProxyProcess proxy : proxies.values()) {
      proxy.awaitListening();
    }
    return proxies;
  }

  /** Takes away what leads there; proxies that run are left alone. */
  void remove(List<Interception> interceptions) throws IOException {
    for (Interception interception : interceptions) {
      switch (interception.mode()) {
        case REDIRECT, TPROXY, NODE -> RuleCommand.remove(spawner, home, interception.party());
        case SOCKET -> commands.captureNoMore(interception.party());
      }
    }
  }

  private void lead(Interception interception) throws IOException {
    switch (interception.mode()) {
      case REDIRECT, TPROXY, NODE -> {
        progress.doing("rules (sluice init -m " + interception.mode() + ")");
        RuleCommand.apply(spawner, home, interception.party(), interception.mode());
      }
      case SOCKET -> {
        progress.doing("programs on sockets (sluice capture on)");
        commands.capture(interception.party());
      }
    }
  }

  private ProxyProcess start(Interception interception, Optional<Path> policy) throws IOException {
    return interception.sidecar() == Sidecar.SLUICE
        ? ProxyProcess.start(spawner, home, interception.party(), interception.mode(), policy)
        : ProxyProcess.start(spawner, home, interception.party(), interception.sidecar());
  }

  private Optional<Path> policy(Setup setup) throws IOException {
    if (!setup.has(Setup.Extra.POLICY)) {
      return Optional.empty();
    }
    Path file = spawner.run().folder().resolve("policy.yaml");
    boolean balanced = setup.balancing().isPresent();
    Files.writeString(
        file, Manifests.policyOn(balanced ? Family::balancedServiceIp : Family::serviceIp));
    return Optional.of(file);
  }
}
