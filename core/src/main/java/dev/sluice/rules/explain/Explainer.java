// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.explain;

import dev.sluice.rules.FamilyProgram;
import dev.sluice.rules.RuleProgram;
import java.util.List;
import java.util.Optional;

/**
 * Follows a connection through a program: its first packet, which alone decides in the nat table,
 * and the packet that answers it. Knows of no rules but the program's. Pure.
 */
public final class Explainer {
  private static final Origin.Local APPLICATION = new Origin.Local(0, 0, 0);

  private final RuleProgram program;
  private final Host host;
  private final Proxy proxy;

  /** For connections of {@code host} when {@code program} is in force there. */
  public Explainer(RuleProgram program, Host host, Proxy proxy) {
    this.program = program;
    this.host = host;
    this.proxy = proxy;
  }

  /** What becomes of {@code connection}. */
  public Explanation explain(Connection connection) {
    FamilyProgram part =
        program.families().stream()
            .filter(each -> each.family() == connection.family())
            .findFirst()
            .orElseGet(() -> new FamilyProgram(connection.family(), List.of(), List.of()));
    Routing routing = new Routing(part, host);
    Traveller first =
        new Traveller(
            routing.host(),
            Packet.of(
                connection.protocol(), connection.from(), connection.to(), connection.origin()),
            Tracked.fresh(connection.to().getPort()),
            Optional.empty());
    Optional<Verdict.Way> way = new Walk(part, routing, first).run();
    Verdict verdict = verdict(first, way);
    if (way.isEmpty()) {
      return new Explanation(connection, first.steps(), verdict, List.of(), false);
    }
    Routing routingBack = new Routing(part, hostTowardsClient(connection.origin()));
    Traveller answer = answerTo(connection, first, responder(first, way.get()), routingBack.host());
    Optional<Verdict.Way> back = new Walk(part, routingBack, answer).run();
    return new Explanation(
        connection,
        first.steps(),
        verdict,
        answer.steps(),
        back.filter(each -> getsBack(connection.origin(), each)).isPresent());
  }

  private Host hostTowardsClient(Origin client) {
    return switch (client) {
      case Origin.Local _ -> host;
      case Origin.Arriving(String name) -> host.leavingThrough(name);
    };
  }

  private Verdict verdict(Traveller packet, Optional<Verdict.Way> way) {
    if (way.isEmpty()) {
      return new Verdict.Dropped(packet.loss().orElse("by no rule"));
    }
    return packet.listener().isPresent()
        ? proxy.verdict(packet.listener().getAsInt())
        : new Verdict.Passed(way.get());
  }

  private Origin responder(Traveller packet, Verdict.Way way) {
    return switch (way) {
      case LEAVES, FORWARDED -> new Origin.Arriving(host.wayOut());
      case DELIVERED ->
          packet.listener().isPresent() || proxy.listensOn(packet.packet().to().getPort())
              ? proxy.sockets()
              : APPLICATION;
    };
  }

  private static Traveller answerTo(
      Connection connection, Traveller first, Origin responder, Host host) {
    boolean translated = !first.packet().to().equals(connection.to());
    Tracked known = first.connection();
    return new Traveller(
        host,
        Packet.of(connection.protocol(), first.packet().to(), connection.from(), responder),
        new Tracked(true, true, known.dialledPort(), known.mark(), 0),
        Optional.of(new Traveller.Entry(known.zone(), translated)));
  }

  private static boolean getsBack(Origin client, Verdict.Way way) {
    return switch (client) {
      case Origin.Local _ -> way == Verdict.Way.DELIVERED;
      case Origin.Arriving _ -> way != Verdict.Way.DELIVERED;
    };
  }
}
