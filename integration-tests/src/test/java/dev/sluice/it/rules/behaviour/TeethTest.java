// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.rules.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.rules.Family;
import dev.sluice.rules.FamilyProgram;
import dev.sluice.rules.RulePlanner;
import dev.sluice.rules.RuleProgram;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The behaviour table tells a program from one with a rule less, or with two rules swapped. Judged
 * by the explanation, which {@link ExplainAgainstKernelIT} holds against the kernel.
 */
final class TeethTest {
  private static final List<Family> FAMILIES = List.of(Family.values());

  @Test
  void everyProgramKeepsItsPromises() {
    List<String> broken = new ArrayList<>();
    for (OptionSet row : BehaviourTable.rows()) {
      RuleProgram program = RulePlanner.plan(row.options(), FAMILIES);
      for (Family family : FAMILIES) {
        row.promises()
            .forEach(
                (dial, promised) -> {
                  Place predicted = Prediction.of(program, row.proxy(), dial.connection(family));
                  if (predicted != promised) {
                    broken.add(
                        "%s: %s by %s: %s instead of %s"
                            .formatted(row, dial, family.label(), predicted, promised));
                  }
                });
      }
    }
    assertThat(broken).isEmpty();
  }

  @Test
  @Timeout(300)
  void everyChangeOfAProgramIsNoticedOrHasItsReason() {
    LongAdder noticed = new LongAdder();
    Map<String, Integer> reasons = new ConcurrentSkipListMap<>();
    Queue<String> unexplained = new ConcurrentLinkedQueue<>();
    BehaviourTable.rows().parallelStream()
        .forEach(
            row -> {
              for (FamilyProgram program : RulePlanner.plan(row.options(), FAMILIES).families()) {
                for (Mutant mutant : Mutant.of(program)) {
                  if (isNoticed(row, mutant)) {
                    noticed.increment();
                  } else {
                    reason(row, mutant.change())
                        .ifPresentOrElse(
                            reason -> reasons.merge(reason, 1, Integer::sum),
                            () -> unexplained.add(Unnoticed.describe(row, mutant.change())));
                  }
                }
              }
            });
    System.out.println("TeethTest: " + noticed + " changes noticed; not noticed:");
    reasons.forEach((reason, count) -> System.out.println("  " + count + ": " + reason));
    assertThat(unexplained).isEmpty();
    assertThat(reasons.keySet())
        .containsAll(Unnoticed.REASONS.stream().map(Unnoticed.Reason::because).toList());
  }

  private static Optional<String> reason(OptionSet row, Mutant.Change change) {
    String description = Unnoticed.describe(row, change);
    return Unnoticed.byTheRules(change)
        .or(
            () ->
                Unnoticed.REASONS.stream()
                    .filter(reason -> reason.change().matcher(description).find())
                    .map(Unnoticed.Reason::because)
                    .findFirst());
  }

  private static boolean isNoticed(OptionSet row, Mutant mutant) {
    RuleProgram program = new RuleProgram(List.of(mutant.program()));
    Family family = mutant.program().family();
    return row.promises().entrySet().stream()
        .anyMatch(
            promise ->
                Prediction.of(program, row.proxy(), promise.getKey().connection(family))
                    != promise.getValue());
  }
}
