// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.scenario;

/** Is told what the demo does, while it does it. Called by one thread. */
public interface Progress {
  /** A scenario begins; {@code number} counts from 1. */
  void begins(Scenario scenario, int number, int of);

  /** Within a scenario: what is being done now, in a few words. */
  void doing(String what);

  /** A scenario ended in one family. */
  void ended(ScenarioResult result);
}
