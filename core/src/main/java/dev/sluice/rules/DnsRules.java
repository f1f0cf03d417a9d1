// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules;

import static dev.sluice.rules.ChainNames.INBOUND;
import static dev.sluice.rules.ChainNames.OUTPUT_DNS;
import static dev.sluice.rules.FamilyView.FROM_DNS;
import static dev.sluice.rules.FamilyView.TO_DNS;

import dev.sluice.rules.Match.OutInterface;
import dev.sluice.rules.Match.OwnerGroup;
import dev.sluice.rules.Match.SourcePort;
import dev.sluice.rules.Match.Tcp;
import dev.sluice.rules.Match.Udp;
import dev.sluice.rules.Target.ConntrackZone;
import dev.sluice.rules.Target.Redirect;
import java.util.ArrayList;
import java.util.List;

/**
 * Look-ups of names beside a proxy in the same pod. The redirection alone isn't enough for UDP: the
 * proxy asks the same servers as the application, and two queries that meet in one port would be
 * one entry of conntrack. So packets between application and proxy live in a zone of their own.
 */
final class DnsRules {
  private static final Udp UDP = new Udp();

  /** Queries that go to the servers themselves, with their answers. */
  private static final ConntrackZone UPSTREAM = new ConntrackZone(1);

  /** Queries that the proxy answers. */
  private static final ConntrackZone CLIENTS = new ConntrackZone(2);

  private DnsRules() {}

  /** Into {@link ChainNames#OUTPUT_DNS} of nat: queries to the proxy. */
  static void redirect(TableBuilder nat, FamilyView view) {
    Redirect redirect = new Redirect(view.options().ports().dns());
    for (Match protocol : List.of(new Tcp(), UDP)) {
      for (List<Match> server : view.toNameServers()) {
        nat.rule(OUTPUT_DNS, "queries for names", redirect, with(server, protocol, TO_DNS));
      }
    }
  }

  /** The whole raw table. */
  static TableProgram zones(FamilyView view) {
    TableBuilder raw = new TableBuilder(Table.RAW);
    SourcePort fromProxy = new SourcePort(PortRange.of(view.options().ports().dns()));
    for (Match owner : view.owners()) {
      raw.rule(OUTPUT_DNS, "the proxy's own queries", UPSTREAM, UDP, TO_DNS, owner);
      raw.rule(OUTPUT_DNS, "the proxy's answers", CLIENTS, UDP, fromProxy, owner);
    }
    clients(raw, view);
    for (List<Match> server : view.fromNameServers()) {
      raw.rule(INBOUND, "answers of servers", UPSTREAM, with(server, UDP, FROM_DNS));
    }
    raw.enter(Hook.OUTPUT, "what local processes send", OUTPUT_DNS);
    raw.enter(Hook.PREROUTING, "what arrives", INBOUND);
    return raw.build();
  }

  /**
   * Queries that aren't captured must be in the zone in which their answers will be: nothing in an
   * answer tells whom it is for.
   */
  private static void clients(TableBuilder raw, FamilyView view) {
    for (String name : view.selection().interfaces().excluded()) {
      raw.rule(
          OUTPUT_DNS,
          "interface excluded by option",
          UPSTREAM,
          UDP,
          TO_DNS,
          new OutInterface(name));
    }
    switch (view.outbound().groups()) {
      case GroupSelection.AllExcept(List<Long> groups) -> {
        for (long group : groups) {
          raw.rule(
              OUTPUT_DNS, "group excluded by option", UPSTREAM, UDP, TO_DNS, new OwnerGroup(group));
        }
        allClients(raw, view, CLIENTS);
      }
      case GroupSelection.Only(List<Long> groups) -> {
        for (long group : groups) {
          for (List<Match> server : view.toNameServers()) {
            List<Match> matches = with(server, UDP, TO_DNS);
            matches.add(new OwnerGroup(group));
            raw.rule(OUTPUT_DNS, "queries of a group that is captured", CLIENTS, matches);
          }
        }
        allClients(raw, view, UPSTREAM);
      }
    }
  }

  private static void allClients(TableBuilder raw, FamilyView view, ConntrackZone zone) {
    for (List<Match> server : view.toNameServers()) {
      raw.rule(OUTPUT_DNS, "everybody else's queries", zone, with(server, UDP, TO_DNS));
    }
  }

  private static List<Match> with(List<Match> server, Match protocol, Match port) {
    List<Match> matches = new ArrayList<>(List.of(protocol, port));
    matches.addAll(server);
    return matches;
  }
}
