// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.routing;

import dev.sluice.process.Command;
import dev.sluice.process.CommandResult;
import dev.sluice.rules.CommandRunner;
import dev.sluice.rules.Family;
import dev.sluice.rules.RulesException;
import dev.sluice.rules.routing.RoutingItem.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** Policy rules, routes and addresses of one family through ip(8). Blocks its caller. */
public final class RoutingBackend {
  private static final Duration LIMIT = Duration.ofSeconds(10);

  private static final Duration DELIVERY_LIMIT = Duration.ofSeconds(2);
  private static final Duration PAUSE = Duration.ofMillis(2);

  private final Family family;
  private final CommandRunner runner;

  /** Acts where {@code runner} runs its commands. */
  public RoutingBackend(Family family, CommandRunner runner) {
    this.family = family;
    this.runner = runner;
  }

  /** What is there; fails for a family that the kernel doesn't have. */
  public RoutingState read() throws RulesException {
    return RoutingState.parse(
        show("-N", family.ipOption(), "rule", "show"),
        show(family.ipOption(), "route", "show", "table", "all", "type", "local"),
        show(family.ipOption(), "-o", "addr", "show", "dev", "lo"));
  }

  /** False for a family that the kernel doesn't have. */
  public boolean canBeRead() throws RulesException {
    return runner.attempt(Command.of("ip", family.ipOption(), "rule", "show")).succeeded();
  }

  /** Makes it ours; an address delivers packets when this returns. */
  public void add(RoutingItem item) throws RulesException {
    run(item.adding(family));
    if (item.kind() == Kind.ADDRESS) {
      awaitDelivery(item);
    }
  }

  /** Removes ours. */
  public void delete(RoutingItem item) throws RulesException {
    run(item.deleting(family));
  }

  /** Makes it without our number: to put back what {@link #deleteForeign} took. */
  public void addForeign(RoutingItem item) throws RulesException {
    run(item.addingForeign(family));
  }

  /** Removes what somebody else made. */
  public void deleteForeign(RoutingItem item) throws RulesException {
    run(item.deletingForeign(family));
  }

  /**
   * The kernel adds an IPv6 address's route to the local table later, from a work queue (net/ipv6/
   * addrconf.c); until then packets to it aren't delivered.
   */
  private void awaitDelivery(RoutingItem item) throws RulesException {
    long deadline = System.nanoTime() + DELIVERY_LIMIT.toNanos();
    while (show(family.ipOption(), "route", "show", "table", "local", "exact", item.text())
        .isBlank()) {
      if (System.nanoTime() - deadline > 0) {
        run(item.deleting(family));
        throw new RulesException(
            "adding %s to lo: not in the local table after %d s; expected a few milliseconds"
                .formatted(item.text(), DELIVERY_LIMIT.toSeconds()));
      }
      LockSupport.parkNanos(PAUSE.toNanos());
    }
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
