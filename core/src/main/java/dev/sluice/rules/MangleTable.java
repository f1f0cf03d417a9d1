// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules;

import static dev.sluice.rules.ChainNames.OUTBOUND;
import static dev.sluice.rules.ChainNames.OUTPUT;
import static dev.sluice.rules.ChainNames.PREROUTING;
import static dev.sluice.rules.FamilyView.TO_DNS;
import static dev.sluice.rules.RuleOptions.OUTBOUND_MARK;

import dev.sluice.rules.Match.ConnectionMark;
import dev.sluice.rules.Match.FirstPacket;
import dev.sluice.rules.Match.InInterface;
import dev.sluice.rules.Match.InvalidConnection;
import dev.sluice.rules.Match.Mark;
import dev.sluice.rules.Match.OriginalDirection;
import dev.sluice.rules.Match.OutInterface;
import dev.sluice.rules.Match.Tcp;
import dev.sluice.rules.Target.Call;
import dev.sluice.rules.Target.Drop;
import dev.sluice.rules.Target.Return;
import dev.sluice.rules.Target.SetConnectionMark;
import dev.sluice.rules.Target.SetMark;
import dev.sluice.rules.Target.Tproxy;
import java.util.ArrayList;
import java.util.List;

/**
 * The mangle table beside a proxy in the same pod: TPROXY, in one direction or both, dropping what
 * belongs to no connection, and what REDIRECT can't capture yet ({@link ReusedPorts}).
 *
 * <p>TPROXY exists where packets arrive only. What a local process sends is marked, and by that
 * mark routed to this host: so it arrives, through {@code lo}. Only the first packet of a
 * connection is judged; connections that were there before stay what they are, as with REDIRECT.
 */
final class MangleTable {
  private static final Tcp TCP = new Tcp();

  private final TableBuilder table = new TableBuilder(Table.MANGLE);
  private final FamilyView view;
  private final InterfaceSelection interfaces;
  private final boolean inbound;
  private final boolean outbound;

  private MangleTable(FamilyView view) {
    this.view = view;
    this.interfaces = view.selection().interfaces();
    Interception interception = view.options().interception();
    this.inbound = interception.inboundByTproxy() && view.capturesInbound();
    this.outbound = interception.outboundByTproxy() && view.capturesOutbound();
  }

  /** Without any chain if nothing needs it. */
  static TableProgram plan(FamilyView view) {
    MangleTable plan = new MangleTable(view);
    plan.prerouting();
    plan.output();
    return plan.table.build();
  }

  private void prerouting() {
    boolean drops = view.options().dropInvalid();
    if (inbound || outbound || drops) {
      for (String name : view.excludedArrivals()) {
        table.rule(PREROUTING, "interface excluded by option", new Return(), new InInterface(name));
      }
    }
    if (drops) {
      table.rule(
          PREROUTING,
          "part of no connection: a reset in answer would end one that is alive",
          new Drop(),
          new InvalidConnection());
    }
    if (outbound) {
      toOutboundListener();
    }
    if (inbound) {
      for (String name : interfaces.virtual()) {
        table.rule(
            PREROUTING,
            "what a virtual machine sends is never inbound",
            new Return(),
            new InInterface(name));
      }
      InboundTproxyRules.prerouting(table, view);
    }
    table.enter(Hook.PREROUTING, "what arrives", PREROUTING);
  }

  private void toOutboundListener() {
    Tproxy listener = new Tproxy(view.options().ports().outbound(), OUTBOUND_MARK);
    table.rule(
        PREROUTING,
        "what local processes send, to the outbound listener",
        listener,
        TCP,
        new InInterface("lo"),
        new Mark(OUTBOUND_MARK));
    for (String name : interfaces.virtual()) {
      for (List<Match> destination : view.destinations()) {
        List<Match> matches = new ArrayList<>(List.of(TCP, new InInterface(name)));
        matches.addAll(destination);
        // What the machine answers to others is not for the outbound listener.
        matches.add(new OriginalDirection());
        table.rule(PREROUTING, "what a virtual machine sends is outbound", listener, matches);
      }
    }
  }

  private void output() {
    if (inbound || outbound) {
      for (String name : interfaces.excluded()) {
        table.rule(OUTPUT, "interface excluded by option", new Return(), new OutInterface(name));
      }
    }
    if (inbound) {
      InboundTproxyRules.output(table, view);
    }
    if (outbound) {
      decide();
      table.rule(OUTPUT, "first packets decide", new Call(OUTBOUND), TCP, new FirstPacket());
      table.rule(
          OUTPUT,
          "captured connections: route them to this host",
          new SetMark(OUTBOUND_MARK),
          TCP,
          new ConnectionMark(OUTBOUND_MARK),
          new OriginalDirection());
    }
    ReusedPorts.catchUp(table, view, view.owners(), List.of());
    table.enter(Hook.OUTPUT, "what local processes send", OUTPUT);
  }

  private void decide() {
    OutboundRules rules = new OutboundRules(table, view, OUTBOUND);
    rules.excludedPorts();
    rules.ownersLeave();
    String onward = rules.groups();
    if (view.capturesDns()) {
      for (List<Match> server : view.toNameServers()) {
        List<Match> matches = new ArrayList<>(List.of(TCP, TO_DNS));
        matches.addAll(server);
        table.rule(onward, "queries for names are redirected", new Return(), matches);
      }
    }
    rules.exempt(onward);
    rules.withinThisHost(onward);
    rules.captured(onward, new SetConnectionMark(MarkBits.of(OUTBOUND_MARK)));
  }
}
