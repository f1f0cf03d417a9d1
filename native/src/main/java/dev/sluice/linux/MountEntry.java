// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A line of {@code /proc/self/mountinfo}: what is mounted somewhere in this process's mount
 * namespace. Immutable. See <a
 * href="https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html">proc_pid_mountinfo(5)</a>.
 *
 * @param root which folder of the file system is at the mount point
 * @param point where
 * @param type of the file system, as the kernel names it
 */
public record MountEntry(Path root, Path point, String type) {
  private static final Path OWN = Path.of("/proc/self/mountinfo");
  private static final int ROOT = 3;
  private static final int POINT = 4;

  /** Those of this process, in the order in which they were made. */
  public static List<MountEntry> own() throws IOException {
    // Names are bytes; those that are no UTF-8 are none of ours.
    return parse(new String(Files.readAllBytes(OWN), StandardCharsets.UTF_8).lines().toList());
  }

  /** Those of such a file; lines of another form are left out. */
  public static List<MountEntry> parse(List<String> lines) {
    List<MountEntry> found = new ArrayList<>();
    for (String line : lines) {
      int dash = line.indexOf(" - ");
      String[] before = line.split(" ", -1);
      if (dash > 0 && before.length > POINT) {
        String type = line.substring(dash + 3).split(" ", -1)[0];
        try {
          found.add(
              new MountEntry(
                  Path.of(unescaped(before[ROOT])), Path.of(unescaped(before[POINT])), type));
        } catch (InvalidPathException e) {
          // A name that this process can't write in its locale, and so not open either.
        }
      }
    }
    return found;
  }

  /** Blanks and the like are written as backslash and three octal digits. */
  private static String unescaped(String text) {
    StringBuilder plain = new StringBuilder();
    int at = 0;
    while (at < text.length()) {
      if (text.charAt(at) == '\\' && at + 4 <= text.length()) {
        plain.append((char) Integer.parseInt(text.substring(at + 1, at + 4), 8));
        at += 4;
      } else {
        plain.append(text.charAt(at));
        at++;
      }
    }
    return plain.toString();
  }
}
