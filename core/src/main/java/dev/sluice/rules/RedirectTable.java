// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules;

import static dev.sluice.rules.ChainNames.INBOUND;
import static dev.sluice.rules.ChainNames.IN_REDIRECT;
import static dev.sluice.rules.ChainNames.OUTPUT;
import static dev.sluice.rules.ChainNames.REDIRECT;

import dev.sluice.rules.Match.Destination;
import dev.sluice.rules.Match.DestinationPort;
import dev.sluice.rules.Match.Not;
import dev.sluice.rules.Match.OutInterface;
import dev.sluice.rules.Match.OwnerGroup;
import dev.sluice.rules.Match.OwnerUser;
import dev.sluice.rules.Match.Source;
import dev.sluice.rules.Match.Tcp;
import dev.sluice.rules.Target.Call;
import dev.sluice.rules.Target.Redirect;
import dev.sluice.rules.Target.Return;

/**
 * The nat table: outbound in both modes, inbound in REDIRECT mode. The order of rules is that of
 * istio-iptables, where it decides.
 */
final class RedirectTable {
  private static final Tcp TCP = new Tcp();
  private static final OutInterface TO_LO = new OutInterface("lo");

  private RedirectTable() {}

  static TableProgram plan(RuleOptions options, Family family) {
    TableBuilder table = new TableBuilder(Table.NAT);
    DestinationPort tunnel = new DestinationPort(options.ports().tunnel());
    table.rule(INBOUND, "tunnelled connections arrive as they are", new Return(), TCP, tunnel);
    table.rule(REDIRECT, "to the outbound listener", new Redirect(options.ports().outbound()), TCP);
    table.rule(
        IN_REDIRECT, "to the inbound listener", new Redirect(options.ports().inbound()), TCP);
    if (!options.interception().inboundByTproxy()) {
      inbound(table, options);
    }
    outbound(table, options, family);
    return table.build();
  }

  private static void inbound(TableBuilder table, RuleOptions options) {
    for (PortRange port : options.selection().inbound().ports()) {
      table.rule(INBOUND, "port excluded by option", new Return(), TCP, new DestinationPort(port));
    }
    table.rule(INBOUND, "everything else that arrives", new Call(IN_REDIRECT), TCP);
    table.enter(Hook.PREROUTING, "what arrives", INBOUND, TCP);
  }

  private static void outbound(TableBuilder table, RuleOptions options, Family family) {
    DestinationPort tunnel = new DestinationPort(options.ports().tunnel());
    Destination loopback = new Destination(family.loopback());
    table.enter(Hook.OUTPUT, "what local processes send", OUTPUT);
    table.rule(
        OUTPUT,
        "the proxy dials the application",
        new Return(),
        TO_LO,
        new Source(family.passthroughSource()));
    exemptOwner(table, new OwnerUser(options.proxy().users().getFirst()), loopback, tunnel);
    exemptOwner(table, new OwnerGroup(options.proxy().groups().getFirst()), loopback, tunnel);
    table.rule(OUTPUT, "loopback is never captured", new Return(), loopback);
    table.rule(OUTPUT, "everything else that leaves", new Call(REDIRECT));
  }

  private static void exemptOwner(
      TableBuilder table, Match owner, Destination loopback, DestinationPort tunnel) {
    table.rule(
        OUTPUT,
        "self-call: what the proxy sends to an address of this host is inbound again",
        new Call(IN_REDIRECT),
        TO_LO,
        new Not(loopback),
        TCP,
        new Not(tunnel),
        owner);
    table.rule(
        OUTPUT,
        "an application that calls an address of this host is left alone",
        new Return(),
        TO_LO,
        new Not(owner));
    table.rule(OUTPUT, "the proxy's own connections leave", new Return(), owner);
  }
}
