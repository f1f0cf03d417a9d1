// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules;

import dev.sluice.process.Command;
import dev.sluice.process.CommandResult;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Policy rules, routes and addresses of one family through ip(8). Blocks its caller. */
final class RoutingBackend {
  private static final Duration LIMIT = Duration.ofSeconds(10);

  private final Family family;
  private final CommandRunner runner;

  RoutingBackend(Family family, CommandRunner runner) {
    this.family = family;
    this.runner = runner;
  }

  /** What is there. A family that the kernel doesn't have holds nothing. */
  RoutingState read() throws RulesException {
    return RoutingState.parse(
        show("-N", family.ipOption(), "rule", "show"),
        show(family.ipOption(), "route", "show", "table", "all", "type", "local"),
        show(family.ipOption(), "-o", "addr", "show", "dev", "lo"));
  }

  void add(RoutingItem item) throws RulesException {
    run(item.adding(family));
  }

  void delete(RoutingItem item) throws RulesException {
    run(item.deleting(family));
  }

  private String show(String... arguments) throws RulesException {
    List<String> words = new ArrayList<>(List.of("ip"));
    words.addAll(List.of(arguments));
    return runner.runOrThrow(new Command(words, "", LIMIT)).output();
  }

  private void run(List<String> words) throws RulesException {
    Command command = new Command(words, "", LIMIT);
    CommandResult result = runner.attempt(command);
    if (!result.succeeded()) {
      throw new RulesException(
          "running '" + command.commandLine() + "': " + explain(result.firstComplaint()));
    }
  }

  private static String explain(String complaint) {
    if (complaint.contains("Network is down") || complaint.contains("device is not up")) {
      return complaint + "; expected lo to be up ('ip link set lo up')";
    }
    if (complaint.contains("File exists")) {
      return complaint + "; expected this place to be free or to hold the same";
    }
    if (complaint.contains("IPv6 is disabled")) {
      return complaint + "; expected net.ipv6.conf.lo.disable_ipv6 = 0, since IPv6 is on elsewhere";
    }
    return complaint;
  }
}
