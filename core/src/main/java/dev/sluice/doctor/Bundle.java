// SPDX-License-Identifier: Apache-2.0
package dev.sluice.doctor;

import dev.sluice.process.Command;
import dev.sluice.process.CommandException;
import dev.sluice.process.CommandResult;
import dev.sluice.process.Programs;
import dev.sluice.rules.CommandRunner;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * One text file for a bug report: the doctor's report and what it was made from, in the words of
 * the system's own programs, secrets masked. Only asks; blocks its caller.
 */
public final class Bundle {
  /** In the namespace that was looked at. */
  private static final List<List<String>> COMMANDS =
      List.of(
          List.of("nft", "-a", "list", "ruleset"),
          List.of("iptables-legacy-save", "-c"),
          List.of("ip6tables-legacy-save", "-c"),
          List.of("ip", "-4", "rule", "show"),
          List.of("ip", "-6", "rule", "show"),
          List.of("ip", "-4", "route", "show", "table", "all"),
          List.of("ip", "-6", "route", "show", "table", "all"),
          List.of("ip", "address", "show"),
          List.of("ss", "-tlnpe"),
          List.of("bpftool", "cgroup", "tree"));

  private static final Duration LIMIT = Duration.ofSeconds(10);

  /** In letters, of one section: a host with great tables shows their beginning. */
  private static final int LONGEST = 1 << 20;

  private final StringBuilder text = new StringBuilder();

  private Bundle() {}

  /**
   * Writes it, for its owner alone to read.
   *
   * @param report what the doctor found
   * @param file that isn't there yet
   * @param version of Sluice
   * @throws IOException if it can't be written, or is there already
   */
  public static void write(Path file, String version, String report, Facts facts)
      throws IOException {
    Bundle bundle = new Bundle();
    bundle.section("sluice " + version + " on Linux " + facts.host().kernel(), report);
    bundle.section("variables", variables(System.getenv()));
    for (String name : List.of("/proc/self/mountinfo", "/proc/self/cgroup", "/proc/modules")) {
      bundle.file(Path.of(name));
    }
    bundle.section("processes", processes(facts.namespace().sockets().residents()));
    for (List<String> words : COMMANDS) {
      bundle.command(words, facts.subject().runner());
    }
    byte[] masked = Secrets.masked(bundle.text.toString()).getBytes(StandardCharsets.UTF_8);
    try {
      Files.createFile(
          file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    } catch (FileAlreadyExistsException e) {
      throw new IOException("writing " + file + ": it is there already; expected a new file", e);
    } catch (IOException e) {
      throw new IOException("writing " + file + ": " + e, e);
    }
    Files.write(file, masked);
  }

  private static String variables(Map<String, String> environment) {
    StringBuilder lines = new StringBuilder();
    new TreeMap<>(environment)
        .forEach(
            (name, value) -> {
              if (name.startsWith("SLUICE_")
                  || name.startsWith("ISTIO_")
                  || name.startsWith("XTABLES_")) {
                lines.append(name).append('=').append(value).append('\n');
              }
            });
    return lines.toString();
  }

  private static String processes(List<Resident> residents) {
    List<String> lines = new ArrayList<>();
    for (Resident each : residents) {
      Path file = Path.of("/proc", Integer.toString(each.pid()), "cmdline");
      try {
        String command = Files.readString(file, StandardCharsets.ISO_8859_1).replace('\0', ' ');
        lines.add(
            "%d user %d group %d cgroup %s: %s"
                .formatted(each.pid(), each.user(), each.group(), each.cgroup(), command.strip()));
      } catch (IOException e) {
        // It has ended.
      }
    }
    return String.join("\n", lines) + "\n";
  }

  private void file(Path file) {
    try {
      section(file.toString(), Files.readString(file, StandardCharsets.ISO_8859_1));
    } catch (IOException e) {
      section(file.toString(), "can't be read: " + e + "\n");
    }
  }

  private void command(List<String> words, CommandRunner runner) {
    String title = "$ " + String.join(" ", words);
    if (Programs.find(words.getFirst()).isEmpty()) {
      section(title, "not installed\n");
      return;
    }
    try {
      CommandResult result = runner.run(new Command(words, "", LIMIT));
      section(title, result.output() + result.errors());
    } catch (CommandException e) {
      section(title, e.getMessage() + "\n");
    }
  }

  private void section(String title, String body) {
    text.append("==> ").append(title).append(" <==\n");
    text.append(body, 0, Math.min(body.length(), LONGEST));
    if (body.length() > LONGEST) {
      text.append("\n(").append(body.length() - LONGEST).append(" more letters)");
    }
    text.append(body.endsWith("\n") ? "\n" : "\n\n");
  }
}
