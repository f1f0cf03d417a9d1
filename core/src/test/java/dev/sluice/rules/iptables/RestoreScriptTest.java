// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.iptables;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.rules.iptables.TableState.Jump;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class RestoreScriptTest {
  private static final Jump NEW = new Jump("OUTPUT", TableState.AT_THE_END, "-j SLUICE_A");
  private static final Jump THIRD = new Jump("OUTPUT", 3, "-j SLUICE_A");

  @Test
  void makesChainsBeforeJumps() {
    assertThat(script(TableState.EMPTY, state(NEW)))
        .isEqualTo(
            """
            *nat
            :SLUICE_A - [0:0]
            -A SLUICE_A -j RETURN
            -A OUTPUT -j SLUICE_A
            COMMIT
            """);
  }

  @Test
  void leavesAJumpThatStaysWhereItIs() {
    TableState other =
        new TableState(Map.of("SLUICE_A", List.of("-j ACCEPT")), List.of(NEW), Set.of());

    assertThat(script(state(THIRD), other))
        .isEqualTo(
            """
            *nat
            :SLUICE_A - [0:0]
            -A SLUICE_A -j ACCEPT
            COMMIT
            """);
  }

  @Test
  void leavesATableThatIsAsItIsToBe() {
    assertThat(script(state(THIRD), state(NEW))).isEmpty();
  }

  /** The missing one is the first: at the end it would be behind the one that stayed. */
  @Test
  void makesJumpsAnewWhereTheirOrderWouldBeAnother() {
    Jump second = new Jump("OUTPUT", TableState.AT_THE_END, "-p tcp -j SLUICE_B");

    assertThat(script(state(second), state(NEW, second)))
        .containsSubsequence(
            "-D OUTPUT -p tcp -j SLUICE_B\n",
            "-A OUTPUT -j SLUICE_A\n",
            "-A OUTPUT -p tcp -j SLUICE_B\n");
    assertThat(script(state(NEW), state(NEW, second))).doesNotContain("-D ");
  }

  @Test
  void removesJumpsThatAreThereTwice() {
    assertThat(script(state(NEW, THIRD), state(NEW)))
        .containsSubsequence(
            "-D OUTPUT -j SLUICE_A\n", "-D OUTPUT -j SLUICE_A\n", "-A OUTPUT -j SLUICE_A\n");
  }

  /** {@code -D} takes the first of two alike: what is left would stand behind the other jump. */
  @Test
  void keepsTheOrderOfJumpsOneOfWhichIsThereTwice() {
    Jump second = new Jump("OUTPUT", TableState.AT_THE_END, "-p tcp -j SLUICE_B");

    assertThat(script(state(NEW, second, NEW), state(NEW, second)))
        .containsSubsequence(
            "-D OUTPUT -j SLUICE_A\n",
            "-D OUTPUT -p tcp -j SLUICE_B\n",
            "-D OUTPUT -j SLUICE_A\n",
            "-A OUTPUT -j SLUICE_A\n",
            "-A OUTPUT -p tcp -j SLUICE_B\n");
  }

  @Test
  void putsAJumpBackWhereItWas() {
    assertThat(script(TableState.EMPTY, state(THIRD))).contains("-I OUTPUT 3 -j SLUICE_A\n");
  }

  @Test
  void removesWhatIsNoLongerWanted() {
    assertThat(
            script(
                state(THIRD), new TableState(Map.of("SLUICE_B", List.of()), List.of(), Set.of())))
        .isEqualTo(
            """
            *nat
            :SLUICE_B - [0:0]
            :SLUICE_A - [0:0]
            -D OUTPUT -j SLUICE_A
            -X SLUICE_A
            -X OUTPUT
            COMMIT
            """);
  }

  @Test
  void removesBuiltInChainsOnlyWhereNobodyElseIs() {
    assertThat(script(state(THIRD), TableState.EMPTY)).endsWith("-X SLUICE_A\n-X\nCOMMIT\n");
    TableState shared = usedBy("OUTPUT");
    assertThat(script(shared, TableState.EMPTY)).endsWith("-X SLUICE_A\nCOMMIT\n");
  }

  @Test
  void removesABuiltInChainThatOnlyWeUsedFromASharedTable() {
    assertThat(script(usedBy("PREROUTING"), TableState.EMPTY))
        .endsWith("-X SLUICE_A\n-X OUTPUT\nCOMMIT\n");
  }

  @Test
  void leavesBuiltInChainsToTheLegacyVariant() {
    assertThat(RestoreScript.compose(Map.of("nat", state(THIRD)), Map.of(), false))
        .endsWith("-X SLUICE_A\nCOMMIT\n");
  }

  @Test
  void saysNothingWhenThereIsNothingToDo() {
    assertThat(RestoreScript.compose(Map.of(), Map.of(), true)).isEmpty();
  }

  private static String script(TableState now, TableState wanted) {
    return RestoreScript.compose(Map.of("nat", now), Map.of("nat", wanted), true);
  }

  private static TableState usedBy(String foreign) {
    return new TableState(Map.of("SLUICE_A", List.of()), List.of(THIRD), Set.of(foreign));
  }

  private static TableState state(Jump... jumps) {
    return new TableState(Map.of("SLUICE_A", List.of("-j RETURN")), List.of(jumps), Set.of());
  }
}
