// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.rules.behaviour;

import dev.sluice.rules.RuleProgram;
import dev.sluice.rules.explain.Connection;
import dev.sluice.rules.explain.Explainer;
import dev.sluice.rules.explain.Explanation;
import dev.sluice.rules.explain.Proxy;
import dev.sluice.rules.explain.Verdict;

/** Where a connection ends up by its explanation, in the words of the scene. */
final class Prediction {
  private Prediction() {}

  static Place of(RuleProgram program, Proxy proxy, Connection connection) {
    return of(new Explainer(program, Scene.hostFor(connection), proxy).explain(connection));
  }

  static Place of(Explanation explanation) {
    if (!explanation.answered()) {
      return Place.NOWHERE;
    }
    return switch (explanation.verdict()) {
      case Verdict.CapturedOutbound _ -> Place.OUTBOUND;
      case Verdict.CapturedInbound _ -> Place.INBOUND;
      case Verdict.CapturedDns _ -> Place.DNS;
      case Verdict.CapturedElsewhere _, Verdict.Dropped _ -> Place.NOWHERE;
      case Verdict.Passed(Verdict.Way way) ->
          switch (way) {
            case DELIVERED -> Place.POD;
            case LEAVES, FORWARDED -> Place.WORLD;
          };
    };
  }
}
