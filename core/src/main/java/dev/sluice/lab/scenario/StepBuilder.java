// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.scenario;

import dev.sluice.lab.party.KernelTables;
import dev.sluice.lab.party.Probe;
import dev.sluice.lab.topology.Party;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Writes down what must be seen of one connection, in the order in which people read it. Each
 * method adds one claim and names who is asked. Not thread-safe; used before the traffic only.
 */
final class StepBuilder {
  private static final String CLIENT = "client's socket";
  private static final String SERVER = "server's accept";

  private final String label;
  private final Probe probe;
  private final List<Expectation> expectations = new ArrayList<>();
  private final Map<Party, Integer> logLines = new EnumMap<>(Party.class);
  private final Set<Party> tables = EnumSet.noneOf(Party.class);
  private Party server = Party.SERVER;
  private int accepts;

  /** {@code label} tells the connections of a scenario apart. */
  StepBuilder(String label, Probe probe) {
    this.label = label;
    this.probe = probe;
  }

  StepBuilder servedBy(Party party) {
    server = party;
    return this;
  }

  /** The client thinks that it talks to the address it dialled, from the port it chose. */
  StepBuilder clientSeesWhatItDialled() {
    String seen =
        probe.mapped() && !probe.dialled().startsWith("[")
            ? "[::ffff:" + probe.destination().getHostAddress() + "]:" + probe.port()
            : probe.dialled();
    return expect("the client's peer", Expected.is(seen), CLIENT, o -> o.client("peer"));
  }

  /** The server accepts one connection, from this peer. */
  StepBuilder serverSees(Expected peer) {
    accepts = 1;
    return expect("the server's peer", peer, SERVER, o -> o.accepted("peer"));
  }

  StepBuilder serverAcceptsNothing() {
    accepts = 0;
    return expect(
        "connections that the server accepted",
        Expected.is("0"),
        SERVER,
        o -> Integer.toString(o.accepts().size()));
  }

  /** 64 KiB go there and come back unchanged, by the counts of both ends. */
  StepBuilder echoes() {
    String bytes = Integer.toString(Probe.BYTES);
    expect("64 KiB come back unchanged", Expected.is("yes"), CLIENT, o -> o.client("intact"));
    return expect(
        "bytes that the server got", Expected.is(bytes), "server's read", o -> o.ended("received"));
  }

  StepBuilder clientEndsWith(Expected how) {
    return expect("how it ends for the client", how, CLIENT, o -> o.client("how"));
  }

  StepBuilder clientField(String claim, String key, Expected expected, String source) {
    return expect(claim, expected, source, o -> o.client(key));
  }

  StepBuilder ended(String claim, String key, Expected expected) {
    return expect(claim, expected, "server's read", o -> o.ended(key));
  }

  /** The proxy writes one line for the direction; a proxy may pass a connection in both. */
  StepBuilder logged(Party party, String direction, String key, Expected expected) {
    return expect(
        "the " + party.text() + "'s proxy, " + direction + ": " + key.replace('_', ' '),
        expected,
        "access log",
        o -> o.logged(party, direction, key));
  }

  /** How many lines the proxy of a party writes for this connection. */
  StepBuilder logLines(Party party, int count) {
    logLines.put(party, count);
    return expect(
        "lines in the log of the " + party.text() + "'s proxy",
        Expected.is(Integer.toString(count)),
        "access log",
        o -> o.lineCount(party));
  }

  /** The proxy counts as many bytes as client and server did. */
  StepBuilder loggedBytes(Party party, String direction) {
    String bytes = Integer.toString(Probe.BYTES);
    logged(party, direction, "bytes_received", Expected.is(bytes));
    return logged(party, direction, "bytes_sent", Expected.is(bytes));
  }

  /** The server's peer is the very socket that the proxy says it dialled from. */
  StepBuilder serverPeerIsUpstreamSource(Party party, String direction) {
    return expect(
        "the server's peer is the socket that the proxy dialled from",
        Expected.same("the two agree"),
        "server's accept and access log",
        o -> o.accepted("peer") + " = " + o.logged(party, direction, "upstream_source"));
  }

  /** The original destinations that the proxy wrote down, each once, are these. */
  StepBuilder loggedDestinations(Party party, List<String> destinations) {
    return expect(
        "original destinations in the log of the " + party.text() + "'s proxy",
        Expected.is(String.join(" ", destinations)),
        "access log",
        o -> o.loggedDestinations(party));
  }

  /** The kernel of a party sent connections to that port to these addresses, and no others. */
  StepBuilder wentTo(Party party, List<String> destinations) {
    return expect(
        "where the " + party.text() + "'s kernel sent connections to that port",
        Expected.is(String.join(" ", destinations)),
        "conntrack",
        o -> o.destinations(party));
  }

  /** The same for a single connection. */
  StepBuilder wentToOneOf(Party party, List<String> destinations) {
    return expect(
        "where the " + party.text() + "'s kernel sent it",
        Expected.oneOf(destinations.toArray(String[]::new)),
        "conntrack",
        o -> o.destination(party));
  }

  /** What the rules that hold {@code rule} count. */
  StepBuilder counted(Party party, String rule, Expected packets) {
    return expect(
        "the " + party.text() + "'s rule '" + rule + "' counts",
        packets,
        "rule counter",
        o -> o.counted(party, rule));
  }

  /** conntrack has an entry for the dialled address whose replies come from {@code port}. */
  StepBuilder redirectedTo(Party party, int port) {
    return expect(
        "the port to which the " + party.text() + "'s kernel redirects it",
        Expected.is(Integer.toString(port)),
        "conntrack",
        o -> o.replyPort(party));
  }

  /** After the connection there is nothing in the namespace that netfilter or routing needs. */
  StepBuilder tablesAreEmpty(Party party) {
    tables.add(party);
    return expect(
        "what the " + party.text() + "'s kernel holds",
        Expected.is(KernelTables.EMPTY.text()),
        "conntrack, iptables-save, nft, ip",
        o -> o.tables(party));
  }

  StepBuilder expect(
      String claim, Expected expected, String source, Expectation.Question question) {
    expectations.add(new Expectation(label, claim, expected, source, question));
    return this;
  }

  Step build() {
    return new Step(probe, server, accepts, logLines, tables, expectations);
  }
}
