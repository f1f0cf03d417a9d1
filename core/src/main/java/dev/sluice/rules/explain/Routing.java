// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.explain;

import dev.sluice.rules.Family;
import dev.sluice.rules.FamilyProgram;
import dev.sluice.rules.Match;
import dev.sluice.rules.RoutingEntry;
import dev.sluice.rules.RoutingEntry.LocalDefaultRoute;
import dev.sluice.rules.RoutingEntry.LocalSourceRule;
import dev.sluice.rules.RoutingEntry.LoopbackAddress;
import dev.sluice.rules.RoutingEntry.MarkRule;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Where packets go: this host or out of it. Immutable. ip-rule(8), ip-route(8). */
final class Routing {
  static final String LOOPBACK = "lo";

  private final FamilyProgram program;
  private final Host host;

  /**
   * @param here whether the packet stays on this host
   * @param why one line for people
   */
  record Decision(boolean here, String interfaceName, String why) {}

  Routing(FamilyProgram program, Host host) {
    this.program = program;
    Host owner = host;
    for (RoutingEntry entry : program.routing()) {
      if (entry instanceof LoopbackAddress(var subnet)) {
        owner = owner.with(LOOPBACK, subnet.address());
      }
    }
    this.host = owner;
  }

  Host host() {
    return host;
  }

  Family family() {
    return program.family();
  }

  Decision decide(Packet packet) {
    // The kernel asks its table of own addresses before any rule of a program.
    if (host.owns(packet.to().getAddress())) {
      return new Decision(true, LOOPBACK, "the destination is an address of this host");
    }
    return policies().stream()
        .filter(policy -> applies(policy, packet))
        .findFirst()
        .map(policy -> new Decision(true, LOOPBACK, reason(policy)))
        .orElseGet(() -> new Decision(false, host.wayOut(), wayOut()));
  }

  private String wayOut() {
    return host.wayOut().equals(Host.NO_ROUTE)
        ? "no route of this host leads there"
        : "the way out is interface " + host.wayOut();
  }

  private List<RoutingEntry> policies() {
    return program.routing().stream()
        .filter(entry -> tableOf(entry).filter(this::isAllHere).isPresent())
        .sorted(Comparator.comparingInt(Routing::preference))
        .toList();
  }

  private boolean isAllHere(int table) {
    return program.routing().contains(new LocalDefaultRoute(table));
  }

  private static Optional<Integer> tableOf(RoutingEntry entry) {
    return switch (entry) {
      case MarkRule rule -> Optional.of(rule.table());
      case LocalSourceRule rule -> Optional.of(rule.table());
      case LocalDefaultRoute _, LoopbackAddress _ -> Optional.empty();
    };
  }

  private static int preference(RoutingEntry entry) {
    return switch (entry) {
      case MarkRule rule -> rule.preference();
      case LocalSourceRule rule -> rule.preference();
      case LocalDefaultRoute _, LoopbackAddress _ -> Integer.MAX_VALUE;
    };
  }

  private static boolean applies(RoutingEntry entry, Packet packet) {
    return switch (entry) {
      case MarkRule rule -> rule.mark().matches(packet.mark());
      case LocalSourceRule rule ->
          packet.in().isEmpty()
              && PacketMatcher.accepts(
                  new Match.Source(rule.source()), packet, Tracked.fresh(packet.to().getPort()));
      case LocalDefaultRoute _, LoopbackAddress _ -> false;
    };
  }

  private static String reason(RoutingEntry entry) {
    return switch (entry) {
      case MarkRule rule ->
          "policy rule %d: mark %s is routed by table %d, to this host"
              .formatted(rule.preference(), rule.mark(), rule.table());
      case LocalSourceRule rule ->
          "policy rule %d: what comes from %s is routed by table %d, to this host"
              .formatted(rule.preference(), rule.source(), rule.table());
      case LocalDefaultRoute _, LoopbackAddress _ -> "";
    };
  }
}
