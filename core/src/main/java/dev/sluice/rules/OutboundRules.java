// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules;

import dev.sluice.rules.Match.Destination;
import dev.sluice.rules.Match.DestinationPort;
import dev.sluice.rules.Match.Mark;
import dev.sluice.rules.Match.OutInterface;
import dev.sluice.rules.Match.OwnerGroup;
import dev.sluice.rules.Match.Tcp;
import dev.sluice.rules.Target.Call;
import dev.sluice.rules.Target.Return;
import java.util.ArrayList;
import java.util.List;

/**
 * The rules that decide which connections of local processes are captured, the same whether they
 * are redirected or marked. Their order is that of istio-iptables, where it decides.
 */
final class OutboundRules {
  private static final Tcp TCP = new Tcp();
  private static final Return LEAVE_ALONE = new Return();

  private final TableBuilder table;
  private final FamilyView view;
  private final String chain;
  private final String ofGroups;

  /** Writes into {@code chain}, and {@link ChainNames#CAPTURE} if there is need of it. */
  OutboundRules(TableBuilder table, FamilyView view, String chain) {
    this(table, view, chain, ChainNames.CAPTURE);
  }

  /** Writes into {@code chain}, and {@code ofGroups} if there is need of it. */
  OutboundRules(TableBuilder table, FamilyView view, String chain, String ofGroups) {
    this.table = table;
    this.view = view;
    this.chain = chain;
    this.ofGroups = ofGroups;
  }

  /** What is left alone even if the proxy sent it. */
  void exclusions() {
    excludedInterfaces();
    excludedPorts();
  }

  private void excludedInterfaces() {
    for (String name : view.selection().interfaces().excluded()) {
      table.rule(chain, "interface excluded by option", LEAVE_ALONE, new OutInterface(name));
    }
  }

  /** The ports alone. */
  void excludedPorts() {
    for (PortRange ports : view.outbound().excludedPorts()) {
      table.rule(chain, "port excluded by option", LEAVE_ALONE, TCP, new DestinationPort(ports));
    }
  }

  /** The proxy's own connections. */
  void ownersLeave() {
    leave(view.owners());
  }

  /** The same, by what else tells them. */
  void leave(List<Match> owners) {
    for (Match owner : owners) {
      table.rule(chain, "the proxy's own connections leave", LEAVE_ALONE, owner);
    }
  }

  /**
   * Leaves the groups alone that aren't captured.
   *
   * @return the chain in which the connections of the others go on
   */
  String groups() {
    return switch (view.outbound().groups()) {
      case GroupSelection.AllExcept(List<Long> groups) -> {
        for (long group : groups) {
          table.rule(chain, "group excluded by option", LEAVE_ALONE, new OwnerGroup(group));
        }
        yield chain;
      }
      // One call each instead of one rule with all of them: a rule of iptables holds no more than
      // 49 such matches, and a kernel rule with them would be longer than these.
      case GroupSelection.Only(List<Long> groups) -> {
        for (long group : groups) {
          table.rule(chain, "a group that is captured", new Call(ofGroups), new OwnerGroup(group));
        }
        yield ofGroups;
      }
    };
  }

  /** Connections that were decided and load balanced at connect. Look-ups come before them. */
  void exempt(String onward) {
    view.outbound()
        .exempt()
        .ifPresent(
            mark ->
                table.rule(
                    onward,
                    "decided at connect: needs no proxy",
                    LEAVE_ALONE,
                    TCP,
                    new Mark(mark.value())));
  }

  /** Connections that stay within this host. */
  void withinThisHost(String onward) {
    if (view.capturesLoopback()) {
      table.rule(onward, "loopback is never captured", LEAVE_ALONE, view.loopback());
    } else {
      table.rule(onward, "connections within this host stay", LEAVE_ALONE, new OutInterface("lo"));
    }
  }

  /** Everything else, by destination and port. */
  void captured(String onward, Target captured) {
    for (Subnet subnet : view.excludedDestinations()) {
      table.rule(onward, "destination excluded by option", LEAVE_ALONE, new Destination(subnet));
    }
    for (PortRange ports : view.outbound().ports()) {
      table.rule(onward, "port included by option", captured, TCP, new DestinationPort(ports));
    }
    for (List<Match> destination : view.destinations()) {
      String why =
          destination.isEmpty() ? "everything else that leaves" : "destination included by option";
      List<Match> matches = new ArrayList<>(List.of(TCP));
      matches.addAll(destination);
      table.rule(onward, why, captured, matches);
    }
  }
}
