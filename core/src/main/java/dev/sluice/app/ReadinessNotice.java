// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.process.Command;
import dev.sluice.process.CommandException;
import java.util.Optional;

/** Tells systemd that a unit of {@code Type=notify} serves; see sd_notify(3). */
final class ReadinessNotice {
  private ReadinessNotice() {}

  /**
   * Says so, if this process was started by such a unit. By {@code systemd-notify}, which is there
   * where systemd is: the unit needs {@code NotifyAccess=all}.
   *
   * @return what went wrong, in one line; systemd then ends the unit when its patience does
   */
  static Optional<String> tellReady() {
    if (System.getenv("NOTIFY_SOCKET") == null) {
      return Optional.empty();
    }
    try {
      Command.of("systemd-notify", "--ready").runOrThrow();
      return Optional.empty();
    } catch (CommandException e) {
      return Optional.of("telling systemd that it serves: " + e.getMessage());
    }
  }
}
