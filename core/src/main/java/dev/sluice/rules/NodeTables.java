// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules;

import static dev.sluice.rules.ChainNames.INBOUND;
import static dev.sluice.rules.ChainNames.OUTPUT;
import static dev.sluice.rules.ChainNames.OUTPUT_DNS;
import static dev.sluice.rules.ChainNames.PREROUTING;
import static dev.sluice.rules.FamilyView.FROM_DNS;
import static dev.sluice.rules.FamilyView.TO_DNS;

import dev.sluice.rules.Match.ConnectionMark;
import dev.sluice.rules.Match.Destination;
import dev.sluice.rules.Match.DestinationPort;
import dev.sluice.rules.Match.InInterface;
import dev.sluice.rules.Match.InvalidConnection;
import dev.sluice.rules.Match.Mark;
import dev.sluice.rules.Match.Not;
import dev.sluice.rules.Match.OutInterface;
import dev.sluice.rules.Match.Source;
import dev.sluice.rules.Match.Tcp;
import dev.sluice.rules.Match.Udp;
import dev.sluice.rules.Target.Call;
import dev.sluice.rules.Target.ConntrackZone;
import dev.sluice.rules.Target.Drop;
import dev.sluice.rules.Target.Redirect;
import dev.sluice.rules.Target.RestoreMark;
import dev.sluice.rules.Target.Return;
import dev.sluice.rules.Target.SetConnectionMark;
import java.util.ArrayList;
import java.util.List;

/**
 * The tables of a pod whose proxy runs on the node: those of Istio's ambient mode
 * (cni/pkg/iptables/iptables.go of istio/istio), and besides, which ambient mode lacks, the choice
 * of ports, destinations, groups and interfaces.
 */
final class NodeTables {
  /** On every socket that the proxy opens in the pod. */
  static final MarkBits PROXY = new MarkBits(RuleOptions.NODE_MARK, 0xfff);

  /** On connections that the proxy made to the application, so that answers come back to it. */
  static final MarkBits TO_APPLICATION = new MarkBits(0x111, 0xfff);

  static final int ROUTE_TABLE = 100;

  /** Before the main table's 32766. */
  static final int MARK_PREFERENCE = 32764;

  private static final Tcp TCP = new Tcp();
  private static final Udp UDP = new Udp();
  private static final Not NOT_PROXY = new Not(new Mark(PROXY));

  /** A name server in the pod itself is asked directly. */
  private static final Not NOT_TO_LO = new Not(new OutInterface("lo"));

  private final FamilyView view;
  private final InterfaceSelection interfaces;
  private final Subnet probes;

  private NodeTables(FamilyView view) {
    this.view = view;
    this.interfaces = view.selection().interfaces();
    // The node's address for the kubelet's probes: they neither are inbound nor need a client.
    this.probes =
        Subnet.parse(
            view.family() == Family.IPV4
                ? "169.254.7.127/32"
                : "fd16:9254:7127:1337:ffff:ffff:ffff:ffff/128");
  }

  static List<TableProgram> plan(FamilyView view) {
    NodeTables plan = new NodeTables(view);
    List<TableProgram> tables = new ArrayList<>(List.of(plan.mangle(), plan.nat()));
    if (view.capturesDns()) {
      tables.add(plan.raw());
    }
    return tables;
  }

  private TableProgram mangle() {
    TableBuilder mangle = new TableBuilder(Table.MANGLE);
    if (view.options().dropInvalid()) {
      view.excludedArrivals()
          .forEach(
              name ->
                  mangle.rule(
                      PREROUTING,
                      "interface excluded by option",
                      new Return(),
                      new InInterface(name)));
      mangle.rule(
          PREROUTING,
          "part of no connection: a reset in answer would end one that is alive",
          new Drop(),
          new InvalidConnection());
    }
    mangle.rule(
        PREROUTING,
        "remember which connections the proxy made to the application",
        new SetConnectionMark(TO_APPLICATION),
        new Mark(PROXY));
    // Before a mark is restored, which would hide whose packet it is.
    ReusedPorts.catchUp(mangle, view, List.of(new Mark(PROXY)), List.of(NOT_TO_LO));
    mangle.rule(
        OUTPUT,
        "the application's answers go back to the proxy",
        new RestoreMark(),
        new ConnectionMark(TO_APPLICATION));
    mangle.enter(Hook.PREROUTING, "what arrives", PREROUTING);
    mangle.enter(Hook.OUTPUT, "what local processes send", OUTPUT);
    return mangle.build();
  }

  private TableProgram nat() {
    TableBuilder nat = new TableBuilder(Table.NAT);
    virtualMachines(nat);
    if (view.capturesInbound()) {
      inbound(nat);
    }
    outbound(nat);
    nat.enter(Hook.PREROUTING, "what arrives", PREROUTING, TCP);
    nat.enter(Hook.OUTPUT, "what local processes send", OUTPUT);
    ReusedPorts.remember(nat, view);
    return nat.build();
  }

  private void virtualMachines(TableBuilder nat) {
    for (String name : interfaces.virtual()) {
      for (List<Match> destination : view.destinations()) {
        List<Match> matches = new ArrayList<>(List.of(new InInterface(name), TCP));
        matches.addAll(destination);
        nat.rule(
            PREROUTING,
            "what a virtual machine sends is outbound",
            new Redirect(view.options().ports().outbound()),
            matches);
      }
      if (view.outbound().destinations() instanceof AddressSelection.Only) {
        nat.rule(PREROUTING, "and never inbound", new Return(), new InInterface(name));
      }
    }
  }

  private void inbound(TableBuilder nat) {
    for (String name : view.excludedArrivals()) {
      nat.rule(PREROUTING, "interface excluded by option", new Return(), new InInterface(name));
    }
    nat.rule(PREROUTING, "probes of the kubelet", new Return(), new Source(probes), TCP);
    nat.rule(
        PREROUTING,
        "tunnelled connections arrive as they are",
        new Return(),
        TCP,
        new DestinationPort(view.options().ports().tunnel()));
    switch (view.selection().inbound()) {
      case InboundSelection.AllExcept(List<PortRange> excluded) -> {
        for (PortRange ports : excluded) {
          nat.rule(
              PREROUTING, "port excluded by option", new Return(), TCP, new DestinationPort(ports));
        }
        toInboundListener(nat, "everything else that arrives", List.of());
      }
      case InboundSelection.Only(List<PortRange> included) -> {
        for (PortRange ports : included) {
          toInboundListener(nat, "port included by option", List.of(new DestinationPort(ports)));
        }
      }
    }
  }

  private void toInboundListener(TableBuilder nat, String why, List<Match> which) {
    List<Match> matches = new ArrayList<>(List.of(new Not(view.loopback()), TCP));
    matches.addAll(which);
    matches.add(NOT_PROXY);
    nat.rule(PREROUTING, why, new Redirect(view.options().ports().inbound()), matches);
  }

  private void outbound(TableBuilder nat) {
    if (!view.capturesOutbound() && !view.capturesDns()) {
      return;
    }
    OutboundRules rules = new OutboundRules(nat, view, OUTPUT);
    nat.rule(OUTPUT, "answers to probes", new Return(), new Destination(probes), TCP);
    rules.exclusions();
    nat.rule(OUTPUT, "the proxy's own connections leave", new Return(), new Mark(PROXY));
    nat.rule(
        OUTPUT,
        "the application's answers go back to the proxy",
        new Return(),
        TCP,
        new Mark(TO_APPLICATION));
    String onward = rules.groups();
    if (view.capturesDns()) {
      nat.rule(onward, "queries for names", new Call(OUTPUT_DNS), NOT_TO_LO);
      DnsRules.redirect(nat, view);
    }
    if (view.capturesOutbound()) {
      rules.exempt(onward);
      rules.withinThisHost(onward);
      rules.captured(onward, new Redirect(view.options().ports().outbound()));
    }
  }

  private TableProgram raw() {
    TableBuilder raw = new TableBuilder(Table.RAW);
    ConntrackZone upstream = new ConntrackZone(1);
    raw.rule(OUTPUT_DNS, "the proxy's own queries", upstream, UDP, TO_DNS, new Mark(PROXY));
    raw.rule(INBOUND, "answers to them", upstream, UDP, FROM_DNS, NOT_PROXY);
    raw.enter(Hook.OUTPUT, "what local processes send", OUTPUT_DNS);
    raw.enter(Hook.PREROUTING, "what arrives", INBOUND);
    return raw.build();
  }
}
