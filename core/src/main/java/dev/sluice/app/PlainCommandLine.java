// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Reads a command line of {@code sluice proxy} in which nothing is out of the ordinary, exactly as
 * picocli would: options that {@link ProxyCommand#set} knows, each with a value that is plainly
 * right, and variables that stand for such options. Anything else, and every mistake, is picocli's
 * to read and to explain.
 *
 * <p>What picocli needs for that stays in the memory of each proxy for as long as it runs, and
 * takes its time at the start; {@code docs/footprint.md} has the figures. Used once, by one thread.
 */
final class PlainCommandLine {
  private static final String PREFIX = "SLUICE_";

  /** Those of {@code scripts/sluice}. */
  private static final Set<String> NO_OPTIONS =
      Set.of("SLUICE_RUNTIME", "SLUICE_RUNTIME_TRAINED", "SLUICE_JAVA_OPTIONS");

  private static final Set<String> REPEATED = Set.of("--policy", "--dns-upstream");
  private static final Set<String> HIDDEN = Set.of("--capture-descriptors");

  private final ProxyCommand command = new ProxyCommand();
  private final Set<String> given = new HashSet<>();

  private PlainCommandLine() {}

  /** The command, ready to serve; empty if picocli has to read the command line. */
  static Optional<ProxyCommand> read(List<String> words, Map<String, String> environment) {
    if (words.isEmpty() || !words.getFirst().equals("proxy")) {
      return Optional.empty();
    }
    PlainCommandLine line = new PlainCommandLine();
    try {
      return line.takesWords(words.subList(1, words.size()))
              && line.takesVariables(environment)
              && line.command.mistake().isEmpty()
          ? Optional.of(line.command)
          : Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.empty(); // A value that isn't right: picocli says so.
    }
  }

  private boolean takesWords(List<String> words) {
    int at = 0;
    while (at < words.size()) {
      String word = words.get(at++);
      int sign = word.indexOf('=');
      if (sign < 0 && at == words.size()) {
        return false;
      }
      String option = sign < 0 ? word : word.substring(0, sign);
      String value = sign < 0 ? words.get(at++) : word.substring(sign + 1);
      String name = option.equals("-f") ? "--policy" : option;
      boolean first = given.add(name);
      if (!isPlain(value) || !(first || REPEATED.contains(name)) || !command.set(option, value)) {
        return false;
      }
    }
    return true;
  }

  private boolean takesVariables(Map<String, String> environment) {
    for (Map.Entry<String, String> variable : environment.entrySet()) {
      String name = variable.getKey();
      if (name.startsWith(PREFIX) && !NO_OPTIONS.contains(name)) {
        String option = "--" + name.substring(PREFIX.length()).toLowerCase(Locale.ROOT);
        if (!takesVariable(option.replace('_', '-'), variable.getValue())) {
          return false;
        }
      }
    }
    String mode = environment.get("ISTIO_META_INTERCEPTION_MODE");
    return mode == null || takesVariable("--interception-mode", mode);
  }

  private boolean takesVariable(String option, String value) {
    boolean taken = !HIDDEN.contains(option) && isPlain(value) && !value.contains("://");
    // What the command line says counts first, but only set() tells whether it is an option at all.
    return taken && (given.contains(option) || (given.add(option) && command.set(option, value)));
  }

  /** Nothing that picocli might take for an option, a file of arguments, a variable or quotes. */
  private static boolean isPlain(String value) {
    return !value.isEmpty()
        && (value.equals("-") || value.charAt(0) != '-')
        && value.charAt(0) != '@'
        && value.chars().noneMatch(c -> c == '$' || c == '"' || c == '\'' || c == '\\');
  }
}
