// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.rules.behaviour;

import dev.sluice.it.rules.behaviour.Mutant.Change;
import dev.sluice.rules.Match;
import dev.sluice.rules.PortRange;
import dev.sluice.rules.Rule;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Why a change of a program may go unnoticed: by what its rules say, or by what is listed here. */
final class Unnoticed {
  /** By hand; the pattern is looked for in {@link #describe}. */
  record Reason(Pattern change, String because) {
    Reason(String pattern, String because) {
      this(Pattern.compile(pattern), because);
    }
  }

  static final List<Reason> REASONS =
      List.of(
          new Reason(
              "( in (nat SLUICE_LEFT|mangle SLUICE_REUSED)|^REDIRECT .* in mangle OUTPUT|'what is"
                  + " not redirected'|'first packets in a connection that was left alone')",
              "no port is used twice here; ReusedPortIT and ReusedPortsTest are about those"),
          new Reason(
              "swapped 'self-call.*' and 'the proxy's own connections leave'",
              "who is of both owners met the self-call rule of the first one"),
          new Reason(
              "TPROXY \\[.*no '(self-call|to the inbound listener|what local processes send)",
              "nat and mangle both bring self-calls to the listener, as with istio-iptables"),
          new Reason(
              "(further packets of connections|route it to this host|ask no further rule)",
              "TPROXY finds the sockets of known connections itself; this spares it the search"),
          new Reason(
              "swapped 'what arrives' and 'remember",
              "packets that are remembered carry the mark already, and the others leave them"
                  + " alone"),
          new Reason(
              "swapped 'self-call.*' and 'the application's answers",
              "no connection is both the proxy's to the application and a self-call"),
          new Reason(
              "no 'the proxy's own packets'",
              "the rule on what comes through lo without the mark of self-calls says the same"),
          new Reason(
              "(look-ups|name servers).*(ConntrackZone|no 'what (arrives|local processes send)'"
                  + "|excluded by option' and 'everybody)",
              "zones keep two queries apart that meet in one port; here is one at a time"),
          new Reason(
              "swapped 'the proxy's (own queries|answers)' and",
              "no packet is both a query and an answer"),
          new Reason(
              "without LocalSourceRule.*::1",
              "an IPv6 answer gets as far as the mark, by which it is routed back"),
          new Reason(
              "swapped '.*' and 'first packets decide'",
              "a first packet has no connection mark yet"),
          new Reason(
              "swapped 'what local processes send, to the outbound listener' and",
              "what comes through lo with that mark is left alone by the others"),
          new Reason(
              "(destination|port 443).*'connections within this host stay'",
              "nothing within this host is chosen"),
          new Reason(
              "NODE.*'the application's answers go back to the proxy'",
              "nat sees first packets only, which carry no restored mark"),
          new Reason(
              "(group 1000|outbound none|on loopback|port 443|destinations).*no 'the proxy's own"
                  + " connections leave'",
              "nothing that this owner sends is chosen"),
          new Reason(
              "(eth1|inbound 8080).*'and its answers, on a gateway'",
              "no rule would take the answers that come in there"),
          new Reason(
              "inbound 8080.*no 'tunnelled connections", "only chosen ports are captured anyway"),
          new Reason(
              "inbound 8080.*'answers to the proxy, on a gateway'",
              "no proxy of a gateway dials 8005 here; the rule for 8080 is noticed"),
          new Reason(
              "TPROXY outbound.*no 'port excluded",
              "only self-calls and look-ups are left to nat, and none goes there"),
          new Reason(
              "TPROXY.*eth1.*no 'interface excluded",
              "this table has rules for look-ups, self-calls and answers alone, and none by eth1"),
          new Reason(
              "TPROXY.*eth1.*swapped 'interface excluded", "the other rule is not about eth1"),
          new Reason(
              "NODE.*no '(answers to probes|probes of the kubelet)'",
              "the options leave that address or port alone anyway"),
          new Reason("but 8080.*no '(the proxy dials|self-call)", "the port is excluded anyway"),
          new Reason(
              "invalid dropped.*('part of no|no 'what arrives' Call\\[chain=SLUICE_PREROUTING)",
              "each packet here belongs to a connection"),
          new Reason(
              "on loopback.*without (LocalDefaultRoute|MarkRule)",
              "what is chosen is this host's own, and needs no route"),
          new Reason("on loopback.*no 'destination included", "::1 is never captured"),
          new Reason(
              "eth1 virtual.*'(what a virtual machine sends|and never inbound)",
              "the machine opens no connection here that both rules are about"));

  private Unnoticed() {}

  /** One line for people: mode and row, then what was changed. */
  static String describe(OptionSet row, Change change) {
    String what =
        switch (change) {
          case Change.Deleted(String place, Rule rule) ->
              "no '" + rule.why() + "' " + rule.target() + " in " + place;
          case Change.Swapped(String place, Rule first, Rule second) ->
              "swapped '" + first.why() + "' and '" + second.why() + "' in " + place;
          case Change.Unrouted(var entry) -> "without " + entry;
        };
    return row.options().interception() + " [" + row + "]: " + what;
  }

  /** Two rules may be swapped if what they say makes it all one. */
  static Optional<String> byTheRules(Change change) {
    return switch (change) {
      case Change.Swapped(String _, Rule first, Rule second) ->
          first.target().equals(second.target())
              ? Optional.of("both rules do the same")
              : Optional.of("no packet is for both rules").filter(_ -> exclude(first, second));
      case Change.Deleted _, Change.Unrouted _ -> Optional.empty();
    };
  }

  private static boolean exclude(Rule first, Rule second) {
    return first.matches().stream()
        .anyMatch(one -> second.matches().stream().anyMatch(other -> exclude(one, other)));
  }

  private static boolean exclude(Match one, Match other) {
    if (other.equals(new Match.Not(one)) || one.equals(new Match.Not(other))) {
      return true;
    }
    return switch (one) {
      case Match.Tcp _ -> other instanceof Match.Udp;
      case Match.Udp _ -> other instanceof Match.Tcp;
      case Match.DestinationPort(PortRange ports) ->
          other instanceof Match.DestinationPort(PortRange others)
              && (ports.last() < others.first() || others.last() < ports.first());
      case Match.OwnerUser _ -> other instanceof Match.OwnerUser && !other.equals(one);
      case Match.OwnerGroup _ -> other instanceof Match.OwnerGroup && !other.equals(one);
      default -> false;
    };
  }
}
