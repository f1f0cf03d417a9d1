// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.explain;

import dev.sluice.rules.FamilyProgram;
import dev.sluice.rules.Hook;
import dev.sluice.rules.Table;
import dev.sluice.rules.TableProgram;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;

/**
 * One packet through hooks and routing, in the kernel's order: raw, conntrack, mangle, nat, filter
 * (include/uapi/linux/netfilter_ipv4.h, {@code enum nf_ip_hook_priorities}). Single-threaded, used
 * once.
 */
final class Walk {
  private static final List<Table> AFTER_CONNTRACK = List.of(Table.MANGLE, Table.NAT, Table.FILTER);

  private final FamilyProgram program;
  private final Routing routing;
  private final Traveller traveller;

  Walk(FamilyProgram program, Routing routing, Traveller traveller) {
    this.program = program;
    this.routing = routing;
    this.traveller = traveller;
  }

  /** Empty if the packet was lost. */
  Optional<Verdict.Way> run() {
    Optional<Verdict.Way> way = traveller.packet().in().isEmpty() ? outwards() : inwards();
    return traveller.loss().isPresent() ? Optional.empty() : way;
  }

  private Optional<Verdict.Way> outwards() {
    Routing.Decision route = decide("");
    if (!route.here() && isIpv4Loopback(traveller.packet().from().getAddress())) {
      // __mkroute_output in net/ipv4/route.c; not so in IPv6.
      traveller.drop("by the kernel: it routes nothing from a loopback address out of the host");
      return Optional.empty();
    }
    // The rules of this hook go on seeing this interface, wherever they send the packet.
    traveller.leaveBy(route.interfaceName());
    ask(Table.RAW, Hook.OUTPUT);
    traveller.meetConntrack();
    for (Table table : AFTER_CONNTRACK) {
      Packet before = traveller.packet();
      ask(table, Hook.OUTPUT);
      // The kernel routes again after mangle if the mark is another one, and after nat if the
      // destination is.
      boolean remarked = table == Table.MANGLE && traveller.packet().mark() != before.mark();
      if (remarked || !traveller.packet().to().equals(before.to())) {
        route = decide("routed again: ");
      }
    }
    if (traveller.loss().isPresent()) {
      return Optional.empty();
    }
    if (!route.here()) {
      return Optional.of(Verdict.Way.LEAVES);
    }
    traveller.loop();
    ask(Table.RAW, Hook.PREROUTING);
    ask(Table.MANGLE, Hook.PREROUTING);
    if (hasEntries(Table.NAT, Hook.PREROUTING)) {
      traveller.note("nat has had its say on this connection at OUTPUT and is not asked again");
    }
    return Optional.of(Verdict.Way.DELIVERED);
  }

  private Optional<Verdict.Way> inwards() {
    ask(Table.RAW, Hook.PREROUTING);
    traveller.meetConntrack();
    ask(Table.MANGLE, Hook.PREROUTING);
    ask(Table.NAT, Hook.PREROUTING);
    if (traveller.loss().isPresent()) {
      return Optional.empty();
    }
    if (decide("").here()) {
      return Optional.of(Verdict.Way.DELIVERED);
    }
    if (traveller.steered()) {
      traveller.drop("TPROXY gave it to a socket, but no policy rule routes it to this host");
    }
    return Optional.of(Verdict.Way.FORWARDED);
  }

  private static boolean isIpv4Loopback(InetAddress address) {
    return address instanceof Inet4Address && address.isLoopbackAddress();
  }

  private Routing.Decision decide(String prefix) {
    Routing.Decision decision = routing.decide(traveller.packet());
    traveller.note(prefix + decision.why());
    return decision;
  }

  private void ask(Table table, Hook hook) {
    if (traveller.loss().isPresent() || (table == Table.NAT && !traveller.isForNat())) {
      return;
    }
    program.tables().stream()
        .filter(each -> each.table() == table)
        .forEach(each -> new TableWalk(each, hook, traveller).run());
  }

  private boolean hasEntries(Table table, Hook hook) {
    return program.tables().stream()
        .filter(each -> each.table() == table)
        .map(TableProgram::entries)
        .flatMap(List::stream)
        .anyMatch(entry -> entry.hook() == hook);
  }
}
