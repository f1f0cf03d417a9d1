// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.linux.Capability;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Whether this process may do what a command is about to do; see capabilities(7). */
final class Privileges {
  private Privileges() {}

  /**
   * One line that says what is missing to change rules and routes; empty if nothing is.
   *
   * @throws IOException if the kernel doesn't say
   */
  static Optional<String> lackingForRules() throws IOException {
    // The kernel gives /proc/self to the effective user of the process.
    Object user = Files.getAttribute(Path.of("/proc/self"), "unix:uid");
    return lackingForRules(
        Capability.CAP_NET_ADMIN.effective(), Integer.toUnsignedLong((Integer) user));
  }

  static Optional<String> lackingForRules(boolean netAdmin, long user) {
    if (netAdmin) {
      return Optional.empty();
    }
    return Optional.of(
        user == 0
            ? "root, but without CAP_NET_ADMIN; expected a container or unit that grants it"
            : "user id " + user + " may not change rules; expected root: run it with sudo");
  }
}
