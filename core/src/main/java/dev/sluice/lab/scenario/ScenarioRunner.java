// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.scenario;

import dev.sluice.lab.party.Client;
import dev.sluice.lab.party.LatencySample;
import dev.sluice.lab.party.Probe;
import dev.sluice.lab.party.ProxyProcess;
import dev.sluice.lab.party.Servers;
import dev.sluice.lab.party.SidecarUnavailableException;
import dev.sluice.lab.party.SluiceHome;
import dev.sluice.lab.party.Spawner;
import dev.sluice.lab.topology.Family;
import dev.sluice.lab.topology.LabException;
import dev.sluice.lab.topology.Party;
import dev.sluice.net.InterceptionMode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Runs one scenario in both families: sets it up on a topology of its own, makes the connections,
 * stops the proxies, tries again, and removes everything. What has to be seen is written down
 * before the first of these. Confined to the thread that made it.
 */
public final class ScenarioRunner {
  private static final int LATENCY_SAMPLES = 300;

  private final Spawner spawner;
  private final SluiceHome home;
  private final Progress progress;
  private final Hold hold;

  private final boolean tracing;

  /** What happens around the connections. */
  public interface Hold {
    /** Returns when the traffic may begin. */
    void beforeTraffic(Scenario scenario) throws IOException;

    /** Returns when latencies may be taken and the proxies stopped. */
    void afterTraffic(Scenario scenario) throws IOException;
  }

  /**
   * A runner that starts its processes through {@code spawner}.
   *
   * @param tracing whether the path of each scenario is traced, by one more connection
   */
  public ScenarioRunner(
      Spawner spawner, SluiceHome home, Progress progress, Hold hold, boolean tracing) {
    this.tracing = tracing;
    this.spawner = spawner;
    this.home = home;
    this.progress = progress;
    this.hold = hold;
  }

  /**
   * The results, IPv4 first. What can't be set up is a failed claim in both.
   *
   * @throws LabException if the run was ended meanwhile: nothing that was seen then counts
   */
  public List<ScenarioResult> run(Scenario scenario) throws LabException {
    Map<Family, Trial> trials = new EnumMap<>(Family.class);
    for (Family family : Family.values()) {
      trials.put(family, scenario.trial().apply(family));
    }
    List<ScenarioResult> results = new ArrayList<>();
    try (Stage stage = Stage.open(spawner, home, scenario.setup(), progress)) {
      hold.beforeTraffic(scenario);
      results.addAll(traffic(scenario, stage, trials));
    } catch (SidecarUnavailableException e) {
      results.addAll(ScenarioResult.notRun(scenario, String.valueOf(e.getMessage())));
    } catch (IOException e) {
      results.clear();
      for (Family family : Family.values()) {
        Claim claim = StepRunner.broken("the scenario can be set up and run", e);
        results.add(
            new ScenarioResult(
                scenario,
                family,
                List.of(claim),
                Map.of(),
                Sightings.NONE,
                Optional.empty(),
                Optional.empty()));
      }
    }
    if (spawner.run().hasEnded()) {
      throw new LabException("interrupted during " + scenario.name());
    }
    results.forEach(progress::ended);
    return results;
  }

  private List<ScenarioResult> traffic(Scenario scenario, Stage stage, Map<Family, Trial> trials)
      throws IOException {
    Client client = new Client(spawner);
    List<Party> counted = counted(scenario);
    Map<Family, StepRunner> runners = new EnumMap<>(Family.class);
    for (Family family : Family.values()) {
      progress.doing("traffic, " + family.text());
      StepRunner runner = new StepRunner(stage, client, family, counted);
      runners.put(family, runner);
      proxies(scenario, stage, runner);
      at(trials, family).steps().forEach(runner::run);
    }
    if (tracing) {
      trace(trials, runners);
    }
    hold.afterTraffic(scenario);
    Map<Family, List<LatencySample>> intercepted =
        scenario.setup().interceptions().isEmpty() ? Map.of() : latencies(scenario, client);
    progress.doing("without the proxy");
    boolean ours = scenario.sidecars().isEmpty();
    Map<Party, Integer> exitCodes = stage.stopProxies();
    for (Family family : Family.values()) {
      StepRunner runner = at(runners, family);
      exitCodes.forEach((party, exitCode) -> runner.ended(party, exitCode, ours));
      at(trials, family).withoutProxy().forEach(runner::run);
    }
    Map<Family, List<LatencySample>> direct = direct(scenario, stage, client, intercepted);
    List<ScenarioResult> results = new ArrayList<>();
    for (Family family : Family.values()) {
      StepRunner runner = at(runners, family);
      Optional<Latency> latency =
          direct.containsKey(family)
              ? Optional.of(
                  new Latency(intercepted.getOrDefault(family, List.of()), at(direct, family)))
              : Optional.empty();
      results.add(
          new ScenarioResult(
              scenario,
              family,
              runner.claims(),
              runner.rules(),
              runner.sightings(),
              latency,
              Optional.empty()));
    }
    return results;
  }

  private void trace(Map<Family, Trial> trials, Map<Family, StepRunner> runners) {
    for (Family family : Family.values()) {
      progress.doing("trace, " + family.text());
      Probe first = at(trials, family).steps().getFirst().probe();
      at(runners, family).traced(PathTrace.of(spawner.run(), first));
    }
  }

  /** Claims about the proxies themselves, before any connection. */
  private static void proxies(Scenario scenario, Stage stage, StepRunner runner)
      throws IOException {
    for (Interception interception : scenario.setup().interceptions()) {
      Party party = interception.party();
      ProxyProcess proxy = stage.proxy(party);
      proxy.programOfOthers().ifPresent(found -> runner.program(party, found));
      if (interception.mode() == InterceptionMode.SOCKET) {
        runner.rights(party, proxy.rights());
      }
    }
  }

  private Map<Family, List<LatencySample>> latencies(Scenario scenario, Client client) {
    Map<Family, List<LatencySample>> samples = new EnumMap<>(Family.class);
    if (scenario.setup().has(Setup.Extra.LATENCY)) {
      for (Family family : Family.values()) {
        progress.doing("latency, " + family.text());
        try {
          samples.put(
              family,
              client.latency(
                  Party.CLIENT, Party.SERVER.address(family), Servers.ECHO_PORT, LATENCY_SAMPLES));
        } catch (IOException e) {
          // A path that carries no connections has no latency; its claims have said so already.
          samples.remove(family);
        }
      }
    }
    return samples;
  }

  private Map<Family, List<LatencySample>> direct(
      Scenario scenario, Stage stage, Client client, Map<Family, List<LatencySample>> intercepted)
      throws IOException {
    if (scenario.setup().interceptions().isEmpty()) {
      return latencies(scenario, client);
    }
    if (intercepted.isEmpty()) {
      return intercepted;
    }
    progress.doing("removing what led to the proxies");
    stage.removeInterception();
    Map<Family, List<LatencySample>> direct = latencies(scenario, client);
    intercepted.keySet().retainAll(direct.keySet());
    return direct;
  }

  /**
   * Whose rules are read: those of who intercepts or translates, or of both pods if nobody does.
   */
  private static List<Party> counted(Scenario scenario) {
    List<Party> intercepted =
        new ArrayList<>(
            scenario.setup().interceptions().stream().map(Interception::party).toList());
    if (scenario.setup().balancing().isPresent()) {
      intercepted.add(Party.HOST);
    }
    return intercepted.isEmpty() ? List.of(Party.CLIENT, Party.SERVER) : intercepted;
  }

  private static <T> T at(Map<Family, T> map, Family family) {
    return java.util.Objects.requireNonNull(map.get(family));
  }
}
