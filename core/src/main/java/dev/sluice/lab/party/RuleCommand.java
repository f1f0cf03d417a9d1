// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.party;

import dev.sluice.lab.topology.LabException;
import dev.sluice.lab.topology.Party;
import dev.sluice.net.InterceptionMode;
import dev.sluice.process.CommandResult;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A real {@code sluice init} in a party's namespace, as root. Thread-safe. */
public final class RuleCommand {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  private RuleCommand() {}

  /** Programs the namespace for a mode. */
  public static void apply(Spawner spawner, SluiceHome home, Party party, InterceptionMode mode)
      throws IOException {
    run(spawner, home, party, List.of("-m", mode.name()));
  }

  /** Removes what {@link #apply} made. */
  public static void remove(Spawner spawner, SluiceHome home, Party party) throws IOException {
    run(spawner, home, party, List.of("--cleanup"));
  }

  private static void run(Spawner spawner, SluiceHome home, Party party, List<String> options)
      throws IOException {
    List<String> command = new ArrayList<>(List.of(home.launcher(), "init"));
    command.addAll(options);
    CommandResult result = spawner.runToEnd(party, RunAs.ROOT, command, LIMIT);
    if (!result.succeeded()) {
      throw new LabException(
          "running 'sluice init %s' in the %s's namespace: exit code %d: %s"
              .formatted(
                  String.join(" ", options),
                  party.text(),
                  result.exitCode(),
                  result.firstComplaint()));
    }
  }
}
