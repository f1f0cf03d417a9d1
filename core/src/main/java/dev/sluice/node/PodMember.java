// SPDX-License-Identifier: Apache-2.0
package dev.sluice.node;

import dev.sluice.linux.netns.NamespaceSearch;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A process of a pod, as {@code /proc} has it. See proc_pid_stat(5) and namespaces(7).
 *
 * @param process its folder in {@code /proc}
 * @param network inode number of its network namespace
 * @param user inode number of its user namespace
 * @param started clock ticks after the boot
 */
record PodMember(Path process, long network, long user, long started) {
  private static final int FIELDS_BEFORE_START = 19;

  /** Empty if it has ended, or this process may not look at it. */
  static Optional<PodMember> of(Path process) {
    OptionalLong network = namespace(process, "net");
    OptionalLong user = namespace(process, "user");
    if (network.isEmpty() || user.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new PodMember(
              process,
              network.getAsLong(),
              user.getAsLong(),
              started(Files.readString(process.resolve("stat"), StandardCharsets.ISO_8859_1))));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  static OptionalLong namespace(Path process, String kind) {
    try {
      String name = Files.readSymbolicLink(process.resolve("ns").resolve(kind)).toString();
      return NamespaceSearch.inodeOfName(name.replaceFirst("^" + kind + ":", "net:"));
    } catch (IOException e) {
      return OptionalLong.empty();
    }
  }

  /** The name of the program may hold blanks and parentheses: what counts begins after the last. */
  static long started(String stat) {
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    return Long.parseLong(fields[FIELDS_BEFORE_START]);
  }

  /** A way into its network namespace. */
  Path way() {
    return process.resolve("ns/net");
  }
}
