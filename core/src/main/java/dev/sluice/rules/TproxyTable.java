// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules;

import static dev.sluice.rules.ChainNames.DIVERT;
import static dev.sluice.rules.ChainNames.INBOUND;
import static dev.sluice.rules.ChainNames.OUTPUT;
import static dev.sluice.rules.ChainNames.PREROUTING;
import static dev.sluice.rules.ChainNames.TPROXY;
import static dev.sluice.rules.RuleOptions.SELF_CALL_MARK;

import dev.sluice.rules.Match.ConnectionMark;
import dev.sluice.rules.Match.Destination;
import dev.sluice.rules.Match.DestinationPort;
import dev.sluice.rules.Match.FirstPacket;
import dev.sluice.rules.Match.InInterface;
import dev.sluice.rules.Match.KnownConnection;
import dev.sluice.rules.Match.Mark;
import dev.sluice.rules.Match.Not;
import dev.sluice.rules.Match.OutInterface;
import dev.sluice.rules.Match.OwnerGroup;
import dev.sluice.rules.Match.OwnerUser;
import dev.sluice.rules.Match.ReplyFromPort;
import dev.sluice.rules.Match.Source;
import dev.sluice.rules.Match.Tcp;
import dev.sluice.rules.Target.Accept;
import dev.sluice.rules.Target.Call;
import dev.sluice.rules.Target.RestoreMark;
import dev.sluice.rules.Target.Return;
import dev.sluice.rules.Target.SaveMark;
import dev.sluice.rules.Target.SetMark;
import dev.sluice.rules.Target.Tproxy;

/**
 * The mangle table of TPROXY mode: what arrives reaches the inbound listener with its destination
 * unchanged. Serves inside a pod and on a gateway that forwards between client and server.
 */
final class TproxyTable {
  private static final Tcp TCP = new Tcp();
  private static final InInterface FROM_LO = new InInterface("lo");
  private static final OutInterface TO_LO = new OutInterface("lo");

  private TproxyTable() {}

  static TableProgram plan(RuleOptions options, Family family) {
    TableBuilder table = new TableBuilder(Table.MANGLE);
    Not notLoopback = new Not(new Destination(family.loopback()));
    table.rule(DIVERT, "route it to this host", new SetMark(options.proxy().mark()));
    table.rule(DIVERT, "and ask no further rule", new Accept());
    table.rule(
        TPROXY,
        "to the inbound listener",
        new Tproxy(options.ports().inbound(), options.proxy().mark()),
        notLoopback,
        TCP);
    inbound(table, options, family);
    prerouting(table, options);
    output(table, options, notLoopback);
    return table.build();
  }

  private static void inbound(TableBuilder table, RuleOptions options, Family family) {
    table.rule(
        INBOUND, "the proxy's own packets", new Return(), TCP, new Mark(options.proxy().mark()));
    table.rule(
        INBOUND,
        "the proxy dials the application",
        new Return(),
        TCP,
        new Source(family.passthroughSource()),
        FROM_LO);
    table.rule(
        INBOUND,
        "within this host only self-calls through the proxy are captured",
        new Return(),
        TCP,
        FROM_LO,
        new Not(new Mark(SELF_CALL_MARK)));
    for (PortRange port : options.selection().inbound().ports()) {
      table.rule(INBOUND, "port excluded by option", new Return(), TCP, new DestinationPort(port));
      // Not Istio's. A pod doesn't need it, a gateway does: the answers of an excluded port belong
      // to a known connection too, and the next rule would hand them to this host, which has no
      // socket for them and resets the connection.
      table.rule(
          INBOUND, "and its answers, on a gateway", new Return(), TCP, new ReplyFromPort(port));
    }
    // That a first packet never goes this way isn't Istio's. On a gateway the client's connection
    // and the proxy's are one entry of conntrack. After a reset the client may use its port again
    // while that entry is still there: diverted, the new SYN would find no listener at the dialled
    // port and be answered by a reset. The TPROXY target finds old sockets and the listener.
    table.rule(
        INBOUND,
        "further packets of connections that the proxy holds, to either side",
        new Call(DIVERT),
        TCP,
        new Not(new FirstPacket()),
        new KnownConnection());
    table.rule(INBOUND, "everything else that arrives", new Call(TPROXY), TCP);
  }

  private static void prerouting(TableBuilder table, RuleOptions options) {
    table.rule(PREROUTING, "what arrives", new Call(INBOUND), TCP);
    table.rule(
        PREROUTING,
        "remember which connections the proxy made to the application",
        new SaveMark(),
        TCP,
        new Mark(options.proxy().mark()));
    table.enter(Hook.PREROUTING, "what arrives", PREROUTING);
  }

  private static void output(TableBuilder table, RuleOptions options, Not notLoopback) {
    table.rule(
        OUTPUT,
        "the proxy dials the application",
        new Return(),
        TCP,
        TO_LO,
        new Mark(options.proxy().mark()));
    table.rule(
        OUTPUT,
        "self-call by the proxy's user",
        new SetMark(SELF_CALL_MARK),
        notLoopback,
        TCP,
        TO_LO,
        new OwnerUser(options.proxy().users().getFirst()));
    table.rule(
        OUTPUT,
        "self-call by the proxy's group",
        new SetMark(SELF_CALL_MARK),
        notLoopback,
        TCP,
        TO_LO,
        new OwnerGroup(options.proxy().groups().getFirst()));
    table.rule(
        OUTPUT,
        "the application's answers go back to the proxy",
        new RestoreMark(),
        TCP,
        new ConnectionMark(options.proxy().mark()));
    table.enter(Hook.OUTPUT, "what local processes send", OUTPUT);
  }
}
