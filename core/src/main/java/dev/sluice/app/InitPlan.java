// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.rules.AddressSelection;
import dev.sluice.rules.Family;
import dev.sluice.rules.InvalidRuleOptionsException;
import dev.sluice.rules.Ipv6Support;
import dev.sluice.rules.RuleOptions;
import dev.sluice.rules.RulePlanner;
import dev.sluice.rules.RuleProgram;
import dev.sluice.rules.Subnet;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * What {@code sluice init} is about to do, decided. Immutable.
 *
 * @param families in words, and why one is missing
 * @param lacksIpv6 whether IPv6 was left out without being excluded by name
 * @param notes for people, one line each
 */
record InitPlan(
    RuleOptions options,
    RuleProgram program,
    String families,
    boolean lacksIpv6,
    List<String> notes) {
  /** Copies {@code notes}. */
  InitPlan {
    notes = List.copyOf(notes);
  }

  /**
   * For both families, unless IPv6 is excluded by name or isn't there.
   *
   * @param wanted whether IPv6 was not excluded by name
   * @param required whether IPv6 was asked for by name
   * @throws InvalidRuleOptionsException if the families don't fit the options
   */
  static InitPlan of(
      RuleOptions options, List<String> notes, Ipv6Support ipv6, boolean wanted, boolean required) {
    List<String> problems = new ArrayList<>();
    List<String> all = new ArrayList<>(notes);
    boolean on = wanted && ipv6 == Ipv6Support.ON;
    if (required && !wanted) {
      problems.add("--dual-stack with --ipv6=off; expected one of them");
    } else if (required && !on) {
      problems.add("--dual-stack, but IPv6 is " + ipv6.reason());
    }
    if (!on) {
      for (Subnet subnet : ipv6Subnets(options)) {
        String line = "destination " + subnet + " is one of IPv6, and IPv6 is ";
        if (wanted) {
          all.add(line + ipv6.reason() + ": it has no effect");
        } else {
          problems.add(line + "excluded (--ipv6=off)");
        }
      }
    }
    if (!problems.isEmpty()) {
      throw new InvalidRuleOptionsException(problems);
    }
    List<Family> families = on ? List.of(Family.IPV4, Family.IPV6) : List.of(Family.IPV4);
    String why = wanted ? "IPv6 is " + ipv6.reason() : "IPv6 is excluded (--ipv6=off)";
    return new InitPlan(
        options,
        RulePlanner.plan(options, families),
        on ? "IPv4 and IPv6" : "IPv4 only: " + why,
        wanted && !on,
        all);
  }

  private static List<Subnet> ipv6Subnets(RuleOptions options) {
    Stream<Subnet> included =
        options.selection().outbound().destinations() instanceof AddressSelection.Only(var subnets)
            ? subnets.stream()
            : Stream.empty();
    return Stream.concat(included, options.selection().outbound().excludedDestinations().stream())
        .filter(subnet -> subnet.family() == Family.IPV6)
        .toList();
  }
}
