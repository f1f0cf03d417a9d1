// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules;

import static dev.sluice.rules.ChainNames.INBOUND;
import static dev.sluice.rules.ChainNames.IN_REDIRECT;
import static dev.sluice.rules.ChainNames.OUTPUT;
import static dev.sluice.rules.ChainNames.OUTPUT_DNS;
import static dev.sluice.rules.ChainNames.REDIRECT;

import dev.sluice.rules.Match.DestinationPort;
import dev.sluice.rules.Match.DestinationPorts;
import dev.sluice.rules.Match.InInterface;
import dev.sluice.rules.Match.Mark;
import dev.sluice.rules.Match.Not;
import dev.sluice.rules.Match.OutInterface;
import dev.sluice.rules.Match.Source;
import dev.sluice.rules.Match.Tcp;
import dev.sluice.rules.Target.Call;
import dev.sluice.rules.Target.Redirect;
import dev.sluice.rules.Target.Return;
import java.util.ArrayList;
import java.util.List;

/** The nat table beside a proxy in the same pod. */
final class RedirectTable {
  private static final Tcp TCP = new Tcp();
  private static final OutInterface TO_LO = new OutInterface("lo");

  private final TableBuilder table = new TableBuilder(Table.NAT);
  private final FamilyView view;
  private final Interception interception;
  private final int tunnelPort;

  private RedirectTable(FamilyView view) {
    this.view = view;
    this.interception = view.options().interception();
    this.tunnelPort = view.options().ports().tunnel();
  }

  /** Without any chain if nothing needs it. */
  static TableProgram plan(FamilyView view) {
    RedirectTable plan = new RedirectTable(view);
    plan.arriving();
    plan.leaving();
    plan.listeners();
    return plan.table.build();
  }

  private void arriving() {
    if (!interception.outboundByTproxy()) {
      virtualMachines();
    }
    if (!interception.inboundByTproxy() && view.capturesInbound()) {
      inbound();
    }
    table.enter(Hook.PREROUTING, "what arrives", INBOUND, TCP);
  }

  private void virtualMachines() {
    for (String name : view.selection().interfaces().virtual()) {
      for (List<Match> destination : view.destinations()) {
        List<Match> matches = new ArrayList<>(List.of(new InInterface(name)));
        matches.addAll(destination);
        table.rule(
            INBOUND, "what a virtual machine sends is outbound", new Call(REDIRECT), matches);
      }
      if (view.outbound().destinations() instanceof AddressSelection.Only) {
        table.rule(INBOUND, "and never inbound", new Return(), new InInterface(name));
      }
    }
  }

  private void inbound() {
    if (interception.outboundByTproxy()) {
      // TPROXY gave them to a socket already; REDIRECT would lead them away from it.
      for (String name : view.selection().interfaces().virtual()) {
        table.rule(
            INBOUND,
            "what a virtual machine sends is never inbound",
            new Return(),
            new InInterface(name));
      }
    }
    for (String name : view.excludedArrivals()) {
      table.rule(INBOUND, "interface excluded by option", new Return(), new InInterface(name));
    }
    table.rule(
        INBOUND,
        "tunnelled connections arrive as they are",
        new Return(),
        TCP,
        new DestinationPort(tunnelPort));
    switch (view.selection().inbound()) {
      case InboundSelection.AllExcept(List<PortRange> excluded) -> {
        for (PortRange ports : excluded) {
          table.rule(
              INBOUND, "port excluded by option", new Return(), TCP, new DestinationPort(ports));
        }
        table.rule(INBOUND, "everything else that arrives", new Call(IN_REDIRECT), TCP);
      }
      case InboundSelection.Only(List<PortRange> included) -> {
        for (PortRange ports : included) {
          table.rule(
              INBOUND,
              "port included by option",
              new Call(IN_REDIRECT),
              TCP,
              new DestinationPort(ports));
        }
      }
    }
  }

  private void leaving() {
    // With TPROXY in both directions self-calls are marked, and nothing is left to redirect but
    // DNS.
    boolean selfCalls = interception != Interception.TPROXY_BOTH;
    boolean redirects = view.capturesOutbound() && !interception.outboundByTproxy();
    OutboundRules outbound = new OutboundRules(table, view, OUTPUT);
    if (selfCalls || redirects || view.capturesDns()) {
      outbound.exclusions();
    }
    if (selfCalls) {
      selfCalls();
    }
    if (redirects || view.capturesDns()) {
      outbound.ownersLeave();
      String onward = outbound.groups();
      if (view.capturesDns()) {
        table.rule(onward, "queries for names", new Call(OUTPUT_DNS));
        DnsRules.redirect(table, view);
      }
      if (redirects) {
        outbound.exempt(onward);
        outbound.withinThisHost(onward);
        outbound.captured(onward, new Call(REDIRECT));
      }
    }
    table.enter(Hook.OUTPUT, "what local processes send", OUTPUT);
    ReusedPorts.remember(table, view);
  }

  private void selfCalls() {
    table.rule(
        OUTPUT,
        "the proxy dials the application",
        new Return(),
        TO_LO,
        new Source(view.family().passthroughSource()));
    if (interception.inboundByTproxy() && view.capturesInbound()) {
      table.rule(
          OUTPUT,
          "and does so from the client's address",
          new Return(),
          TCP,
          TO_LO,
          new Mark(view.options().proxy().mark()));
    }
    // Of every owner before any other rule about owners: istio-iptables sends those of the first
    // user alone to the inbound listener.
    for (Match owner : view.owners()) {
      table.rule(
          OUTPUT,
          "self-call: what the proxy sends to an address of this host is inbound again",
          new Call(IN_REDIRECT),
          TO_LO,
          new Not(view.loopback()),
          TCP,
          notThese(),
          owner);
    }
  }

  /** The proxy asks a name server on this host itself. */
  private Match notThese() {
    return view.capturesDns()
        ? new Not(new DestinationPorts(List.of(PortRange.of(53), PortRange.of(tunnelPort))))
        : new Not(new DestinationPort(tunnelPort));
  }

  private void listeners() {
    ProxyPorts ports = view.options().ports();
    if (table.calls(REDIRECT)) {
      table.rule(REDIRECT, "to the outbound listener", new Redirect(ports.outbound()), TCP);
    }
    if (table.calls(IN_REDIRECT)) {
      table.rule(IN_REDIRECT, "to the inbound listener", new Redirect(ports.inbound()), TCP);
    }
  }
}
