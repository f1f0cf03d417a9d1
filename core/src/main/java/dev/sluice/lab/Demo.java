// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab;

import dev.sluice.lab.party.SluiceHome;
import dev.sluice.lab.party.Spawner;
import dev.sluice.lab.scenario.Progress;
import dev.sluice.lab.scenario.Scenario;
import dev.sluice.lab.scenario.ScenarioResult;
import dev.sluice.lab.scenario.ScenarioRunner;
import dev.sluice.lab.topology.LabException;
import dev.sluice.lab.topology.LabRun;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Runs scenarios one after the other and leaves nothing behind: not at its end, not when a signal
 * ends the process meanwhile, and what a kill -9 left goes with the next run.
 */
public final class Demo {
  private final Progress progress;
  private final Hold hold;

  private final boolean tracing;

  /** What happens around the connections of a scenario. */
  public interface Hold {
    /** Goes on at once. */
    Hold NONE = new Hold() {};

    /**
     * Returns when the traffic may begin.
     *
     * @param enterLines one shell line for each namespace
     */
    default void beforeTraffic(Scenario scenario, List<String> enterLines) throws IOException {}

    /**
     * Returns when the demo may go on to the end of the scenario; everything runs until then.
     *
     * @param run that the scene belongs to
     */
    default void afterTraffic(Scenario scenario, LabRun run) throws IOException {}
  }

  /**
   * A demo that reports to {@code progress}, on the thread that runs it.
   *
   * @param tracing whether each scenario's path is traced
   */
  public Demo(Progress progress, Hold hold, boolean tracing) {
    this.tracing = tracing;
    this.progress = progress;
    this.hold = hold;
  }

  /**
   * Runs the scenarios in order.
   *
   * @return two results for each scenario, IPv4 first
   * @throws LabException if there is nothing to run them with, or the process is being ended
   */
  public List<ScenarioResult> run(List<Scenario> scenarios) throws IOException {
    LabRun run = LabRun.begin();
    Thread removal = Thread.ofPlatform().name("lab-removal").unstarted(() -> remove(run));
    Runtime.getRuntime().addShutdownHook(removal);
    try (run) {
      SluiceHome home = SluiceHome.find(run.folder());
      try (Spawner spawner = new Spawner(run, home.environment())) {
        ScenarioRunner runner = new ScenarioRunner(spawner, home, progress, holding(run), tracing);
        List<ScenarioResult> results = new ArrayList<>();
        for (Scenario scenario : scenarios) {
          progress.begins(scenario, scenarios.indexOf(scenario) + 1, scenarios.size());
          results.addAll(runner.run(scenario));
        }
        return results;
      }
    } finally {
      forget(removal);
    }
  }

  private ScenarioRunner.Hold holding(LabRun run) {
    return new ScenarioRunner.Hold() {
      @Override
      public void beforeTraffic(Scenario scenario) throws IOException {
        hold.beforeTraffic(scenario, run.enterLines());
      }

      @Override
      public void afterTraffic(Scenario scenario) throws IOException {
        hold.afterTraffic(scenario, run);
      }
    };
  }

  private static void remove(LabRun run) {
    try {
      if (!run.hasEnded()) {
        run.close();
        System.err.println("sluice demo: interrupted; removed what it had made");
      }
    } catch (IOException e) {
      System.err.println("sluice demo: removing what the demo made: " + e.getMessage());
    }
  }

  private static void forget(Thread removal) {
    try {
      Runtime.getRuntime().removeShutdownHook(removal);
    } catch (IllegalStateException e) {
      // The process is being ended: the hook runs already, and closing a run twice does no harm.
    }
  }
}
