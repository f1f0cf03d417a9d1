// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.observe.FlowFilter;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class ObserveFiltersTest {
  private static FlowFilter read(Map<String, String> environment, String words) {
    ObserveFilters filters = new ObserveFilters();
    List<String> list = words.isEmpty() ? List.of() : List.of(words.split(" ", -1));
    new CommandLine(filters)
        .setDefaultValueProvider(new OptionVariables(environment))
        .parseArgs(list.toArray(String[]::new));
    return filters.read(list);
  }

  private static List<String> shown(FlowFilter filter) {
    return filter.criteria().stream()
        .map(criterion -> (criterion.negated() ? "not " : "") + criterion.option())
        .toList();
  }

  @ParameterizedTest
  @CsvSource({
    "--port 80,--port",
    "--not --port 80,not --port",
    "--not --port=80 --ip ::1,not --port;--ip",
    "--ip ::1 --not --ip=::2 --not --verdict denied,--ip;not --ip;not --verdict",
    "'',''"
  })
  void turnsTheNextOneRound(String words, String expected) {
    assertThat(String.join(";", shown(read(Map.of(), words)))).isEqualTo(expected);
  }

  @Test
  void takesWhatVariablesSay() {
    assertThat(shown(read(Map.of("SLUICE_PORT", "80"), "--not --ip ::1")))
        .containsExactly("not --ip", "--port");
  }

  @Test
  void complainsAboutNothingToTurnRound() {
    assertThatThrownBy(() -> read(Map.of(), "--port 80 --not"))
        .hasMessage("--not at the end; expected a filter behind it");
    assertThatThrownBy(() -> read(Map.of(), "--not --not --port 80 --port x"))
        .hasMessageContaining("--port 'x'");
  }
}
