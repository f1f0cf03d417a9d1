// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.rules.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.it.rules.behaviour.Scene.Attempt;
import dev.sluice.process.CommandException;
import dev.sluice.rules.Family;
import dev.sluice.rules.RuleOptions;
import dev.sluice.rules.RulePlanner;
import dev.sluice.rules.RuleProgram;
import dev.sluice.rules.explain.Connection;
import dev.sluice.rules.explain.Explainer;
import dev.sluice.rules.explain.Explanation;
import dev.sluice.rules.explain.ExplanationText;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/**
 * What {@code sluice init --explain} says of a connection is what the kernel does with it, for
 * options and connections by chance, and the rules that it says apply are those that count it.
 * {@code -Dsluice.explain.seed=N} repeats a run.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ExplainAgainstKernelIT {
  private static final List<Family> FAMILIES = List.of(Family.values());
  private static final int SETS = Integer.getInteger("sluice.explain.sets", 200);
  private static final int CONNECTIONS = 6;
  private static final Duration PATIENCE = Duration.ofSeconds(2);
  private static final Duration SILENCE = Duration.ofMillis(40);

  private final long seed = Long.getLong("sluice.explain.seed", System.currentTimeMillis());
  private final Random random = new Random(seed);
  private final RandomOptions options = new RandomOptions(random);
  private final RandomConnections connections = new RandomConnections(random);
  private final Map<Place, Integer> places = new EnumMap<>(Place.class);
  private final List<String> differences = new ArrayList<>();
  private final Scene scene = Scene.open();
  private int rulesCounted;

  ExplainAgainstKernelIT() throws Exception {}

  @BeforeAll
  void everythingAnswersWithoutRules() {
    scene.awaitReady();
  }

  @AfterAll
  void removeAll() throws Exception {
    scene.close();
  }

  @Test
  @Timeout(300)
  void saysWhatTheKernelDoes() throws Exception {
    System.out.println("ExplainAgainstKernelIT: -Dsluice.explain.seed=" + seed);
    for (Backend backend : Backend.values()) {
      try (Programmed programmed = new Programmed(scene.pod(), backend)) {
        for (int i = 0; i < SETS / Backend.values().length + 1; i++) {
          compare(options.next(), programmed, backend);
        }
      }
    }

    System.out.println("ExplainAgainstKernelIT: " + places);
    assertThat(differences).as("seed %d", seed).isEmpty();
    assertThat(rulesCounted).as("rules whose counters rose").isGreaterThan(SETS);
    int all = places.values().stream().mapToInt(Integer::intValue).sum();
    int captured =
        places.entrySet().stream()
            .filter(each -> each.getKey().isCaptured())
            .mapToInt(Map.Entry::getValue)
            .sum();
    assertThat(captured * 100 / all).as("per cent captured of %s", places).isBetween(25, 70);
  }

  private void compare(RuleOptions chosen, Programmed programmed, Backend backend)
      throws Exception {
    RuleProgram program = RulePlanner.plan(chosen, FAMILIES);
    OptionSet row = new OptionSet(chosen.toString(), chosen, Map.of());
    scene.standIn(row.proxy());
    programmed.change(program);
    Map<Connection, Explanation> explained = new LinkedHashMap<>();
    List<Attempt> attempts = new ArrayList<>();
    for (int i = 0; i < CONNECTIONS; i++) {
      Connection connection = connections.next(FAMILIES.get(i % 2));
      Explanation explanation =
          new Explainer(program, Scene.hostFor(connection), row.proxy()).explain(connection);
      explained.put(connection, explanation);
      boolean silent = Prediction.of(explanation) == Place.NOWHERE;
      attempts.add(new Attempt(connection, silent ? SILENCE : PATIENCE));
    }
    Map<Connection, Observation> seen = new HashMap<>();
    Attempt counted = attempts.getFirst();
    countRules(
        counted.connection().family(),
        backend,
        () -> seen.putAll(scene.dial(List.of(counted))),
        Objects.requireNonNull(explained.get(counted.connection())));
    seen.putAll(scene.dial(attempts.subList(1, attempts.size())));
    explained.forEach(
        (connection, explanation) -> {
          Place place = Objects.requireNonNull(seen.get(connection)).place();
          places.merge(place, 1, Integer::sum);
          if (place != Prediction.of(explanation)) {
            differences.add(
                "%s with %s: %s, but explained:\n%s"
                    .formatted(chosen, backend, place, ExplanationText.of(explanation)));
          }
        });
  }

  /** The rules that took the connection are those that the explanation names, and no others. */
  private void countRules(Family family, Backend backend, Runnable dial, Explanation explanation)
      throws CommandException {
    NatCounters before = NatCounters.read(scene.pod(), backend, family);
    dial.run();
    Set<String> risen = NatCounters.read(scene.pod(), backend, family).risenSince(before);
    rulesCounted += risen.size();
    if (!risen.equals(NatCounters.explained(explanation))) {
      differences.add(
          "%s counted %s, but explained:\n%s"
              .formatted(backend, risen, ExplanationText.of(explanation)));
    }
  }
}
