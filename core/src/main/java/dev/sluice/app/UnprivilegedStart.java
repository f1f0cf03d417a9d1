// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.linux.FileDescriptor;
import dev.sluice.linux.ProcessImage;
import dev.sluice.process.Programs;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Starts this very command again in this process, without any privilege: as another user, with
 * every set of capabilities empty and no way back. That is one call of {@code setpriv(1)} rather
 * than system calls from here, since privileges belong to threads and a JVM has many by now.
 */
final class UnprivilegedStart {
  private static final Path SELF = Path.of("/proc/self");

  private UnprivilegedStart() {}

  /**
   * Returns only by an exception.
   *
   * @param user its id, and that of its group
   * @param option names the option that tells the new program the numbers of {@code kept}
   * @param kept what it inherits beside the standard streams
   */
  static void as(long user, String option, List<FileDescriptor> kept) throws IOException {
    Path setpriv =
        Programs.find("setpriv")
            .orElseThrow(
                () ->
                    new IOException(
                        "giving up privileges: the program 'setpriv' is not installed; expected it"
                            + " in /usr/bin (Debian package util-linux)"));
    List<String> numbers =
        kept.stream().map(descriptor -> Integer.toString(descriptor.number())).toList();
    List<String> command = new ArrayList<>();
    command.add(setpriv.toString());
    command.addAll(List.of("--reuid", Long.toString(user), "--regid", Long.toString(user)));
    command.addAll(List.of("--clear-groups", "--no-new-privs"));
    command.addAll(List.of("--inh-caps", "-all", "--ambient-caps", "-all"));
    command.addAll(List.of("--bounding-set", "-all", "--"));
    command.addAll(ownCommand());
    command.addAll(List.of(option, String.join(",", numbers)));
    ProcessImage.become(command, kept);
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
