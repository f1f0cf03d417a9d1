// SPDX-License-Identifier: Apache-2.0
package dev.sluice.doctor;

import dev.sluice.doctor.Finding.Fix;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * How a process was started, as {@code proc_pid_cmdline(5)} and {@code proc_pid_environ(5)} have
 * it: what somebody has to repeat who starts it again. Immutable.
 *
 * @param name what people know it by
 * @param words after {@code sluice}, if it is a proxy of Sluice's; else empty
 * @param variables that give a proxy options
 * @param folder where it works, to which its paths are relative
 * @param here whether it sees the files that this process sees; one in a container doesn't
 */
record Launch(
    String name, List<String> words, Map<String, String> variables, Path folder, boolean here) {
  private static final Path PROC = Path.of("/proc");

  /** What the launcher starts, by its last words: the layer is above this one. */
  private static final String MAIN = "sluice.app.Main";

  private static final String PROXY = "proxy";

  /** The same for Envoy and for {@code sluice proxy}. */
  private static final String MODE_VARIABLE = "ISTIO_META_INTERCEPTION_MODE";

  private static final List<String> LAUNCHER =
      List.of("SLUICE_HOME", "SLUICE_JAVA_", "SLUICE_RUNTIME", "SLUICE_TRAINED_");

  private static final String MODE_OPTION = "--interception-mode";

  /** Copies what can be copied. */
  Launch {
    words = List.copyOf(words);
    variables = Map.copyOf(variables);
  }

  /** Empty if the process has ended. */
  static Optional<Launch> of(Resident process) {
    Path folder = PROC.resolve(Integer.toString(process.pid()));
    try {
      List<String> command = parts(folder.resolve("cmdline"));
      int main = 0;
      while (main < command.size() && !command.get(main).endsWith(MAIN)) {
        main++;
      }
      boolean proxy = main + 1 < command.size() && command.get(main + 1).equals(PROXY);
      return Optional.of(
          new Launch(
              Files.readString(folder.resolve("comm"), StandardCharsets.ISO_8859_1).strip(),
              proxy ? command.subList(main + 1, command.size()) : List.of(),
              variables(parts(folder.resolve("environ"))),
              Files.readSymbolicLink(folder.resolve("cwd")),
              Files.readSymbolicLink(folder.resolve("ns/mnt"))
                  .equals(Files.readSymbolicLink(PROC.resolve("self/ns/mnt")))));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static List<String> parts(Path file) throws IOException {
    String all = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    List<String> parts = new ArrayList<>(List.of(all.split("\0", -1)));
    parts.removeLast(); // Each ends with a NUL.
    return parts;
  }

  static Map<String, String> variables(List<String> environment) {
    Map<String, String> found = new TreeMap<>();
    for (String each : environment) {
      int end = each.indexOf('=');
      String name = each.substring(0, Math.max(0, end));
      if (name.equals(MODE_VARIABLE) || (name.startsWith("SLUICE_") && !isOfLauncher(name))) {
        found.put(name, each.substring(end + 1));
      }
    }
    return found;
  }

  /** Those give the launcher programs and options of the Java runtime to run: anything at all. */
  private static boolean isOfLauncher(String name) {
    return LAUNCHER.stream().anyMatch(name::startsWith);
  }

  boolean isSluice() {
    return !words.isEmpty();
  }

  /** Such as {@code REDIRECT}; empty for the default. */
  Optional<String> mode() {
    int option = words.indexOf(MODE_OPTION);
    if (option >= 0 && option + 1 < words.size()) {
      return Optional.of(words.get(option + 1));
    }
    Optional<String> joined =
        words.stream()
            .filter(word -> word.startsWith(MODE_OPTION + "="))
            .map(word -> word.substring(MODE_OPTION.length() + 1))
            .findFirst();
    return joined
        .or(() -> Optional.ofNullable(variables.get("SLUICE_INTERCEPTION_MODE")))
        .or(() -> Optional.ofNullable(variables.get(MODE_VARIABLE)));
  }

  /** The line that starts it again, with its options, variables and folder. */
  String line() {
    StringBuilder line = new StringBuilder("env --chdir=" + folder);
    new TreeMap<>(variables)
        .forEach((name, value) -> line.append(' ').append(name).append('=').append(value));
    line.append(" sluice");
    words.forEach(word -> line.append(' ').append(word.isEmpty() ? "''" : word));
    return line.toString();
  }

  /** What of {@link #line} somebody else has chosen, for {@link Fix#of}. */
  List<String> foreign() {
    List<String> parts = new ArrayList<>(words);
    variables.forEach((name, value) -> parts.add(name + "=" + value));
    parts.add(folder.toString());
    return parts;
  }
}
