// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/**
 * The switches of {@code sluice init}, with Go's words for true and false. In a variable,
 * istio-iptables takes everything else for false without a word: here it is a problem, unless its
 * own program is asked for. Immutable once made.
 */
final class InitFlags {
  private static final Set<String> TRUE = Set.of("1", "t", "T", "true", "TRUE", "True");
  private static final Set<String> FALSE = Set.of("0", "f", "F", "false", "FALSE", "False");

  private final Map<String, Boolean> flags = new HashMap<>();
  private final List<String> problems = new ArrayList<>();
  private final List<String> tolerated = new ArrayList<>();

  /** Reads every option that may have a boolean as its value. */
  InitFlags(ParseResult parsed, InitVariables variables) {
    for (OptionSpec option : parsed.commandSpec().options()) {
      if (isSwitch(option)) {
        String name = option.longestName();
        @Nullable String typed = option.getValue();
        Optional<String> variable = typed == null ? variables.nameFor(name) : Optional.empty();
        String value = variable.map(set -> variables.get(set, "")).orElse(typed);
        flags.put(name, read(name, value, variable));
      }
    }
  }

  /** Whether the option's value is a boolean. */
  static boolean isSwitch(OptionSpec option) {
    return option.paramLabel().equals("BOOLEAN");
  }

  boolean on(String option) {
    return flags.getOrDefault(option, false);
  }

  /** Words on the command line that are neither true nor false. */
  List<String> problems() {
    return problems;
  }

  /** The same in variables, which istio-iptables takes for false. */
  List<String> tolerated() {
    return tolerated;
  }

  private boolean read(String option, @Nullable String value, Optional<String> variable) {
    if (value == null || FALSE.contains(value)) {
      return false;
    }
    if (TRUE.contains(value)) {
      return true;
    }
    String complaint = variable.orElse(option) + " '" + value + "'; expected true or false";
    if (variable.isEmpty()) {
      problems.add(complaint);
    } else if (!value.isEmpty()) {
      tolerated.add(complaint);
    }
    return false;
  }
}
