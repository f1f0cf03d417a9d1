// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules;

import static dev.sluice.rules.ChainNames.DIVERT;
import static dev.sluice.rules.ChainNames.INBOUND;
import static dev.sluice.rules.ChainNames.OUTPUT;
import static dev.sluice.rules.ChainNames.PREROUTING;
import static dev.sluice.rules.ChainNames.TPROXY;
import static dev.sluice.rules.FamilyView.TO_DNS;
import static dev.sluice.rules.RuleOptions.PASSED_MARK;
import static dev.sluice.rules.RuleOptions.SELF_CALL_MARK;

import dev.sluice.rules.Match.ConnectionMark;
import dev.sluice.rules.Match.DestinationPort;
import dev.sluice.rules.Match.FirstPacket;
import dev.sluice.rules.Match.InInterface;
import dev.sluice.rules.Match.KnownConnection;
import dev.sluice.rules.Match.Mark;
import dev.sluice.rules.Match.Not;
import dev.sluice.rules.Match.OutInterface;
import dev.sluice.rules.Match.ReplyFromPort;
import dev.sluice.rules.Match.Source;
import dev.sluice.rules.Match.Tcp;
import dev.sluice.rules.Target.Accept;
import dev.sluice.rules.Target.Call;
import dev.sluice.rules.Target.RestoreMark;
import dev.sluice.rules.Target.Return;
import dev.sluice.rules.Target.SaveMark;
import dev.sluice.rules.Target.SetConnectionMark;
import dev.sluice.rules.Target.SetMark;
import dev.sluice.rules.Target.Tproxy;
import dev.sluice.rules.Target.TproxyIfServed;
import java.util.ArrayList;
import java.util.List;

/**
 * What arrives reaches the inbound listener with its destination unchanged. Serves inside a pod and
 * on a gateway that forwards between client and server.
 */
final class InboundTproxyRules {
  private static final Tcp TCP = new Tcp();
  private static final InInterface FROM_LO = new InInterface("lo");
  private static final OutInterface TO_LO = new OutInterface("lo");

  private InboundTproxyRules() {}

  static void prerouting(TableBuilder table, FamilyView view) {
    int mark = view.options().proxy().mark();
    inbound(table, view);
    table.rule(DIVERT, "route it to this host", new SetMark(mark));
    table.rule(DIVERT, "and ask no further rule", new Accept());
    toListener(table, view);
    table.rule(PREROUTING, "what arrives", new Call(INBOUND), TCP);
    table.rule(
        PREROUTING,
        "remember which connections the proxy made to the application",
        new SaveMark(),
        TCP,
        new Mark(mark));
  }

  private static void toListener(TableBuilder table, FamilyView view) {
    int port = view.options().ports().inbound();
    int mark = view.options().proxy().mark();
    Match dialled = new Not(view.loopback());
    switch (view.options().unserved()) {
      case LOST ->
          table.rule(TPROXY, "to the inbound listener", new Tproxy(port, mark), dialled, TCP);
      case PASSED -> {
        table.rule(TPROXY, "to the inbound listener", new TproxyIfServed(port, mark), dialled, TCP);
        table.rule(
            TPROXY,
            "nobody listens there: it passes, and so does the rest of its connection",
            new SetConnectionMark(MarkBits.of(PASSED_MARK)),
            dialled,
            TCP);
      }
    }
  }

  private static void inbound(TableBuilder table, FamilyView view) {
    if (view.options().unserved() == Unserved.PASSED) {
      // On a gateway the answers would else be taken for those to the proxy, and a proxy that is
      // back would get packets in the middle of a connection that it doesn't know.
      table.rule(
          INBOUND,
          "began while no proxy listened",
          new Return(),
          TCP,
          new ConnectionMark(PASSED_MARK));
    }
    table.rule(
        INBOUND,
        "the proxy's own packets",
        new Return(),
        TCP,
        new Mark(view.options().proxy().mark()));
    table.rule(
        INBOUND,
        "the proxy dials the application",
        new Return(),
        TCP,
        new Source(view.family().passthroughSource()),
        FROM_LO);
    table.rule(
        INBOUND,
        "within this host only self-calls through the proxy are captured",
        new Return(),
        TCP,
        FROM_LO,
        new Not(new Mark(SELF_CALL_MARK)));
    // istio-iptables forgets this one with TPROXY.
    leaveAlone(table, "tunnelled connections arrive as they are", view.options().ports().tunnel());
    switch (view.selection().inbound()) {
      case InboundSelection.AllExcept(List<PortRange> excluded) -> {
        excluded.forEach(ports -> leaveAlone(table, "port excluded by option", ports));
        capture(table, "everything else that arrives", List.of());
      }
      case InboundSelection.Only(List<PortRange> included) ->
          included.forEach(ports -> capture(table, ports));
    }
  }

  private static void leaveAlone(TableBuilder table, String why, int port) {
    leaveAlone(table, why, PortRange.of(port));
  }

  private static void leaveAlone(TableBuilder table, String why, PortRange ports) {
    table.rule(INBOUND, why, new Return(), TCP, new DestinationPort(ports));
    // Not Istio's. A pod doesn't need it, a gateway does: the answers of an excluded port belong
    // to a known connection too, and a later rule would hand them to this host, which has no
    // socket for them and resets the connection.
    table.rule(
        INBOUND, "and its answers, on a gateway", new Return(), TCP, new ReplyFromPort(ports));
  }

  private static void capture(TableBuilder table, PortRange ports) {
    // Not Istio's either: on a gateway the application's answers come in from outside.
    table.rule(
        INBOUND,
        "answers to the proxy, on a gateway",
        new Call(DIVERT),
        TCP,
        new ReplyFromPort(ports));
    capture(table, "port included by option", List.of(new DestinationPort(ports)));
  }

  private static void capture(TableBuilder table, String why, List<Match> which) {
    divert(table, "further packets of connections that the proxy holds, to either side", which);
    table.rule(INBOUND, why, new Call(TPROXY), with(which));
  }

  /**
   * That a first packet never goes this way isn't Istio's. On a gateway the client's connection and
   * the proxy's are one entry of conntrack. After a reset the client may use its port again while
   * that entry is still there: diverted, the new SYN would find no listener at the dialled port and
   * be answered by a reset. The TPROXY target finds old sockets and the listener.
   */
  private static void divert(TableBuilder table, String why, List<Match> which) {
    List<Match> matches = with(which);
    matches.add(new Not(new FirstPacket()));
    matches.add(new KnownConnection());
    table.rule(INBOUND, why, new Call(DIVERT), matches);
  }

  private static List<Match> with(List<Match> which) {
    List<Match> matches = new ArrayList<>(List.of(TCP));
    matches.addAll(which);
    return matches;
  }

  static void output(TableBuilder table, FamilyView view) {
    int mark = view.options().proxy().mark();
    table.rule(OUTPUT, "the proxy dials the application", new Return(), TCP, TO_LO, new Mark(mark));
    for (Match owner : view.owners()) {
      List<Match> matches = with(List.of(new Not(view.loopback()), TO_LO, owner));
      if (view.capturesDns()) {
        // The proxy asks a name server on this host itself.
        matches.add(1, new Not(TO_DNS));
      }
      table.rule(
          OUTPUT,
          "self-call: what the proxy sends to an address of this host is inbound again",
          new SetMark(SELF_CALL_MARK),
          matches);
    }
    table.rule(
        OUTPUT,
        "the application's answers go back to the proxy",
        new RestoreMark(),
        TCP,
        new ConnectionMark(mark));
  }
}
