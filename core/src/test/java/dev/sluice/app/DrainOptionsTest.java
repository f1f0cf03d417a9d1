// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

final class DrainOptionsTest {
  private static final String DRAIN = "TERMINATION_DRAIN_DURATION_SECONDS";
  private static final String GRACE = "TERMINATION_GRACE_PERIOD_SECONDS";

  @ParameterizedTest
  @CsvSource({"0, PT0S", "0s, PT0S", "0ms, PT0S", "300ms, PT0.3S", "2m, PT2M"})
  void takesTheOptionBeforeTheVariables(String text, Duration expected) {
    assertThat(options("--drain-time=" + text).time(Map.of(DRAIN, "7", GRACE, "nonsense")))
        .isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({"0, PT0S", "1, PT0S", "2, PT1S", "5, PT4S", "30, PT27S", "3600, PT54M"})
  void leavesATenthOfTheGracePeriodAndASecondAtLeast(String grace, Duration expected) {
    assertThat(options().time(Map.of(GRACE, grace))).isEqualTo(expected);
  }

  @Test
  void takesWhatIstioCallsTheDrainDurationBeforeTheGracePeriod() {
    assertThat(options().time(Map.of(DRAIN, "45", GRACE, "30"))).isEqualTo(Duration.ofSeconds(45));
    assertThat(options().time(Map.of())).isEqualTo(Duration.ofSeconds(5));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-1", "5s", "1.5", "99999999999", "999999999"})
  void refusesAVariableThatIsNoNumberOfSeconds(String text) {
    for (String name : new String[] {DRAIN, GRACE}) {
      assertThatThrownBy(() -> options().time(Map.of(name, text)))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage(
              "the variable " + name + " is '" + text + "'; expected whole seconds, such as 30");
    }
  }

  private static DrainOptions options(String... arguments) {
    DrainOptions options = new DrainOptions();
    new CommandLine(CommandLine.Model.CommandSpec.forAnnotatedObject(options)).parseArgs(arguments);
    return options;
  }
}
