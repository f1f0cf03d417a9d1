// SPDX-License-Identifier: Apache-2.0
package dev.sluice.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.doctor.Finding.Fix;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class LaunchTest {
  @Test
  void takesNoVariableThatTheLauncherActsUpon() {
    assertThat(
            Launch.variables(
                List.of(
                    "PATH=/bin",
                    "SLUICE_JAVA_OPTIONS=-javaagent:/tmp/x.jar",
                    "SLUICE_RUNTIME=/tmp/x",
                    "SLUICE_RUNTIME_TRAINED=/tmp/x",
                    "SLUICE_HOME=/tmp/x",
                    "SLUICE_IDLE_TIMEOUT=7m",
                    "ISTIO_META_INTERCEPTION_MODE=TPROXY",
                    "=x")))
        .isEqualTo(Map.of("SLUICE_IDLE_TIMEOUT", "7m", "ISTIO_META_INTERCEPTION_MODE", "TPROXY"));
  }

  @Test
  void repeatsPlainWords() {
    Launch launch = launch("--max-connections", "77", "!");

    assertThat(Fix.of(launch.line(), launch.foreign()))
        .isEqualTo(new Fix.Run("env --chdir=/srv SLUICE_X=1 sluice proxy --max-connections 77 !"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", " ", "!1", "a!", "$(x)", "a\nb", "'x'", "x;y"})
  void leavesALineThatAShellWouldReadOtherwiseToSomebody(String word) {
    Launch launch = launch("--access-log", word);

    assertThat(Fix.of(launch.line(), launch.foreign())).isInstanceOf(Fix.Ask.class);
  }

  @Test
  void showsAnEmptyWord() {
    assertThat(launch("--access-log", "", "-f").line()).endsWith(" --access-log '' -f");
  }

  private static Launch launch(String option, String value, String... more) {
    List<String> words = new ArrayList<>(List.of("proxy", option, value));
    words.addAll(List.of(more));
    return new Launch("java", words, Map.of("SLUICE_X", "1"), Path.of("/srv"), true);
  }
}
