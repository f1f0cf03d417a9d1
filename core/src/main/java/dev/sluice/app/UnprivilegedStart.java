// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.linux.FileDescriptor;
import dev.sluice.linux.ProcessImage;
import dev.sluice.process.Command;
import dev.sluice.process.CommandResult;
import dev.sluice.process.Programs;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Starts this very command again in this process with fewer privileges and no way back. That is one
 * call of {@code setpriv(1)} rather than system calls from here, since privileges belong to threads
 * and a JVM has many before {@code main} begins: those that collect garbage, compile and hear
 * signals would keep theirs.
 */
final class UnprivilegedStart {
  private static final Path SELF = Path.of("/proc/self");

  private UnprivilegedStart() {}

  /**
   * Starts again as another user, with every set of capabilities empty. Returns only by an
   * exception.
   *
   * @param user its id, and that of its group
   * @param option names the option that tells the new program the numbers of {@code kept}
   * @param kept what it inherits beside the standard streams
   */
  static void as(long user, String option, List<FileDescriptor> kept) throws IOException {
    List<String> numbers =
        kept.stream().map(descriptor -> Integer.toString(descriptor.number())).toList();
    List<String> rights = new ArrayList<>();
    rights.addAll(List.of("--reuid", Long.toString(user), "--regid", Long.toString(user)));
    rights.add("--clear-groups");
    rights.addAll(List.of("--inh-caps", "-all", "--ambient-caps", "-all"));
    rights.addAll(List.of("--bounding-set", "-all"));
    List<String> command = new ArrayList<>(ownCommand());
    command.addAll(List.of(option, String.join(",", numbers)));
    ProcessImage.become(line(rights, command), kept);
  }

  /**
   * Starts again as the same user with the {@code rights} that options of setpriv(1) say. Returns
   * only by an exception.
   *
   * @param property is set in the new program, so that it can tell
   */
  static void with(List<String> rights, String property) throws IOException {
    List<String> command = new ArrayList<>(ownCommand());
    command.add(1, "-D" + property + "=true");
    List<String> line = line(rights, command);
    // What setpriv(1) refuses after it has taken this process's place ends the process.
    List<String> idle = List.of(setpriv(), "--version");
    CommandResult trial = Command.of(line(rights, idle).toArray(String[]::new)).run();
    if (!trial.succeeded()) {
      throw new IOException("giving them up: " + trial.firstComplaint());
    }
    ProcessImage.become(line, List.of());
  }

  /**
   * A file that this process was started with, of its class path or named by an argument or one of
   * its variables, which root can't read when it is a user like all others: below somebody's closed
   * home folder.
   */
  static Optional<Path> closedToRoot() throws IOException {
    List<String> words = new ArrayList<>(ownCommand());
    System.getenv()
        .forEach(
            (name, value) -> {
              if (name.startsWith("SLUICE_")) {
                words.add(value);
              }
            });
    for (String word : words) {
      for (String part : word.substring(word.indexOf('=') + 1).split("[:,]", -1)) {
        Optional<Path> file = existing(part);
        if (file.isPresent() && isClosed(file.get())) {
          return file;
        }
      }
    }
    return Optional.empty();
  }

  /** Most words are no files, and some can't be paths in this process's locale. */
  private static Optional<Path> existing(String word) {
    if (word.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(Path.of(word).toAbsolutePath()).filter(file -> Files.exists(file));
    } catch (InvalidPathException e) {
      return Optional.empty();
    }
  }

  private static boolean isClosed(Path file) throws IOException {
    for (Path path = file.toRealPath(); path != null; path = path.getParent()) {
      if (!isOpen(path)) {
        return true;
      }
    }
    return false;
  }

  /** path_resolution(7), as for a user 0 of the group 0 without capabilities. */
  private static boolean isOpen(Path path) throws IOException {
    Map<String, Object> found = Files.readAttributes(path, "unix:uid,gid,mode");
    int mode = number(found, "mode");
    int needed = Files.isDirectory(path) ? 01 : 04;
    int shift = number(found, "uid") == 0 ? 6 : number(found, "gid") == 0 ? 3 : 0;
    return (mode >> shift & needed) != 0;
  }

  private static int number(Map<String, Object> attributes, String name) {
    return (Integer) Objects.requireNonNull(attributes.get(name));
  }

  private static List<String> line(List<String> rights, List<String> command) throws IOException {
    List<String> line = new ArrayList<>();
    line.add(setpriv());
    line.addAll(rights);
    line.add("--no-new-privs");
    line.add("--");
    line.addAll(command);
    return line;
  }

  private static String setpriv() throws IOException {
    return Programs.find("setpriv")
        .orElseThrow(
            () ->
                new IOException(
                    "giving up privileges: the program 'setpriv' is not installed; expected it in"
                        + " /usr/bin (Debian package util-linux)"))
        .toString();
  }

  /** This JVM with its options, the class and the arguments. */
  private static List<String> ownCommand() throws IOException {
    String line = Files.readString(SELF.resolve("cmdline"), StandardCharsets.UTF_8);
    List<String> words = new ArrayList<>(List.of(line.split("\0", -1)));
    words.removeLast(); // Each word is ended, not parted, by a zero.
    words.set(0, Files.readSymbolicLink(SELF.resolve("exe")).toString());
    return words;
  }
}
