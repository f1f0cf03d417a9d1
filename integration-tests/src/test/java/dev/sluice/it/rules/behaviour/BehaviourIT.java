// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.rules.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.it.rules.behaviour.Scene.Attempt;
import dev.sluice.rules.Family;
import dev.sluice.rules.RulePlanner;
import dev.sluice.rules.explain.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The kernel keeps what the options promise. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class BehaviourIT {
  private static final List<Family> FAMILIES = List.of(Family.values());
  private static final Duration PATIENCE = Duration.ofSeconds(2);
  private static final List<Dial> DIALS = List.of(Dial.values());
  private static final int SHARE = 6;

  private final Scene scene = Scene.open();

  BehaviourIT() throws Exception {}

  @BeforeAll
  void everythingAnswersWithoutRules() {
    scene.awaitReady();
  }

  @AfterAll
  void removeAll() throws Exception {
    scene.close();
  }

  @ParameterizedTest
  @EnumSource
  @Timeout(240)
  void keepsEveryPromise(Backend backend) throws Exception {
    List<String> broken = new ArrayList<>();
    List<OptionSet> rows = BehaviourTable.rows();
    int first = List.of(Backend.values()).indexOf(backend);
    try (Programmed programmed = new Programmed(scene.pod(), backend)) {
      for (int i = 0; i < rows.size(); i++) {
        scene.standIn(rows.get(i).proxy());
        programmed.change(RulePlanner.plan(rows.get(i).options(), FAMILIES));
        broken.addAll(broken(rows.get(i), i + first));
      }
    }
    assertThat(broken).isEmpty();
  }

  /** Looks at a share of the promises, another one in each row and with each backend. */
  private List<String> broken(OptionSet row, int turn) {
    Map<Connection, Promise> promises = new LinkedHashMap<>();
    List<Attempt> attempts = new ArrayList<>();
    row.promises()
        .forEach(
            (dial, place) -> {
              if ((DIALS.indexOf(dial) + turn) % SHARE == 0) {
                for (Family family : FAMILIES) {
                  Connection connection = dial.connection(family);
                  promises.put(connection, new Promise(dial, family, place));
                  attempts.add(new Attempt(connection, PATIENCE));
                }
              }
            });
    Map<Connection, Observation> seen = scene.dial(attempts);
    List<String> broken = new ArrayList<>();
    promises.forEach(
        (connection, promise) -> {
          Place place = Objects.requireNonNull(seen.get(connection)).place();
          if (place != promise.place()) {
            broken.add("%s: %s, but seen at %s".formatted(row, promise, place));
          }
        });
    return broken;
  }

  private record Promise(Dial dial, Family family, Place place) {}
}
