// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules;

import static dev.sluice.rules.ChainNames.LEFT;
import static dev.sluice.rules.ChainNames.OUTPUT;
import static dev.sluice.rules.ChainNames.REUSED;
import static dev.sluice.rules.ChainNames.REUSED_CAPTURE;
import static dev.sluice.rules.FamilyView.TO_DNS;
import static dev.sluice.rules.RuleOptions.LEFT_MARK;
import static dev.sluice.rules.RuleOptions.OUTBOUND_MARK;

import dev.sluice.rules.Match.ConnectionMark;
import dev.sluice.rules.Match.FirstPacket;
import dev.sluice.rules.Match.Not;
import dev.sluice.rules.Match.Tcp;
import dev.sluice.rules.Target.Call;
import dev.sluice.rules.Target.Drop;
import dev.sluice.rules.Target.SetConnectionMark;
import java.util.ArrayList;
import java.util.List;

/**
 * Nothing leaves past REDIRECT on a port that was used before. The nat table is asked once for each
 * entry of conntrack, and an entry outlives its connection: after a reset by the server for ten
 * seconds, after a first packet without an answer for two minutes, after data without one for five
 * (net/netfilter/nf_conntrack_proto_tcp.c). If the proxy, or somebody else who is left alone, had
 * the connection, and a process that is captured then connects from the same port to the same
 * place, its first packet meets that entry and would leave as it is.
 *
 * <p>So the nat table notes in the connection that it left it alone; and a first packet in such a
 * connection is judged again, by the same rules. If it should have been captured it is dropped: the
 * kernel repeats it, and it is captured as soon as the entry is gone. Istio's program has nothing
 * like it. docs/rules.md has the limits.
 */
final class ReusedPorts {
  private static final Tcp TCP = new Tcp();

  private ReusedPorts() {}

  /** Into nat; to be called when its {@link ChainNames#OUTPUT} has been entered. */
  static void remember(TableBuilder nat, FamilyView view) {
    if (redirects(view)) {
      List<Match> leftAlone = new ArrayList<>(List.of(TCP));
      if (!redirectsAll(view)) {
        // Those that TPROXY takes are no longer to be told apart with a bit more in their mark.
        leftAlone.add(new Not(new ConnectionMark(OUTBOUND_MARK)));
      }
      nat.rule(
          LEFT,
          "remember what was left alone: nat is not asked again if its port is used again",
          new SetConnectionMark(LEFT_MARK),
          leftAlone);
      nat.enter(Hook.OUTPUT, "what is not redirected", LEFT, TCP);
    }
  }

  /**
   * Into {@link ChainNames#OUTPUT} of mangle.
   *
   * @param own what tells the proxy's packets; they must still carry the mark that they left with
   * @param lookUps what nat asks of a packet before it looks for queries
   */
  static void catchUp(TableBuilder mangle, FamilyView view, List<Match> own, List<Match> lookUps) {
    if (!redirects(view)) {
      return;
    }
    mangle.rule(
        OUTPUT,
        "first packets in a connection that was left alone",
        new Call(REUSED),
        TCP,
        new FirstPacket(),
        new ConnectionMark(LEFT_MARK));
    OutboundRules rules = new OutboundRules(mangle, view, REUSED, REUSED_CAPTURE);
    rules.exclusions();
    rules.leave(own);
    String onward = rules.groups();
    Drop wait = new Drop();
    if (view.capturesDns()) {
      for (List<Match> server : view.toNameServers()) {
        List<Match> matches = new ArrayList<>(lookUps);
        matches.addAll(List.of(TCP, TO_DNS));
        matches.addAll(server);
        mangle.rule(onward, "queries for names", wait, matches);
      }
    }
    if (redirectsAll(view)) {
      rules.exempt(onward);
      rules.withinThisHost(onward);
      rules.captured(onward, wait);
    }
  }

  private static boolean redirects(FamilyView view) {
    return redirectsAll(view) || view.capturesDns();
  }

  private static boolean redirectsAll(FamilyView view) {
    return view.capturesOutbound() && !view.options().interception().outboundByTproxy();
  }
}
