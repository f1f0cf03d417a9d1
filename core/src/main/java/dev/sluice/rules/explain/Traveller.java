// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.explain;

import dev.sluice.rules.Hook;
import dev.sluice.rules.Match;
import dev.sluice.rules.Rule;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A packet under way: what rules have made of it so far, and the steps that it took. Changed by one
 * walk; single-threaded.
 */
final class Traveller {
  private final Host host;
  private final List<Step> steps = new ArrayList<>();
  private Packet packet;
  private Tracked connection;
  private boolean looped;
  private OptionalInt listener = OptionalInt.empty();
  private boolean steered;
  private Optional<String> loss = Optional.empty();

  /** What conntrack holds of a connection that an answer belongs to. */
  record Entry(int zone, boolean translated) {}

  private final Optional<Entry> entry;

  /**
   * @param entry empty for the first packet of a connection
   */
  Traveller(Host host, Packet packet, Tracked connection, Optional<Entry> entry) {
    this.host = host;
    this.packet = packet;
    this.connection = connection;
    this.entry = entry;
  }

  Packet packet() {
    return packet;
  }

  Tracked connection() {
    return connection;
  }

  List<Step> steps() {
    return steps;
  }

  /** Why it was dropped; empty if it was not. */
  Optional<String> loss() {
    return loss;
  }

  /** The port that a rule gave it to; empty if none did. */
  OptionalInt listener() {
    return listener;
  }

  /** Whether TPROXY gave it to a socket, and its destination is what it was. */
  boolean steered() {
    return steered;
  }

  boolean looped() {
    return looped;
  }

  Optional<Match> refusal(Rule rule) {
    return rule.matches().stream()
        .filter(match -> !PacketMatcher.accepts(match, packet, connection))
        .findFirst();
  }

  void note(Step step) {
    steps.add(step);
  }

  void note(String what) {
    steps.add(new Step.Noted(what));
  }

  void leaveBy(String interfaceName) {
    packet = packet.leavingBy(interfaceName);
  }

  void loop() {
    note("comes in again through lo");
    packet = packet.looped();
    looped = true;
  }

  void drop(String why) {
    loss = Optional.of(why);
  }

  void mark(int value) {
    packet = packet.marked(value);
  }

  void markConnection(int value) {
    connection = connection.marked(value);
  }

  /**
   * The first one counts (xt_ct_target in net/netfilter/xt_CT.c), and none on a packet that
   * conntrack has seen.
   */
  void setZone(int zone) {
    if (!looped && connection.zone() == 0) {
      connection = connection.inZone(zone);
    }
  }

  /** Conntrack looks for the connection in the zone that the raw table chose. */
  void meetConntrack() {
    if (entry.isEmpty() || entry.get().zone() == connection.zone()) {
      return;
    }
    note("conntrack doesn't know it in zone %d".formatted(connection.zone()));
    connection = Tracked.fresh(packet.to().getPort()).inZone(connection.zone());
    if (entry.get().translated()) {
      drop("by the client: the answer comes from the translated address");
    }
  }

  /**
   * The nat table is asked for the first packet of a connection; conntrack takes no SYN+ACK for
   * one.
   */
  boolean isForNat() {
    return !connection.known() && (entry.isEmpty() || packet.protocol() == Protocol.UDP);
  }

  void steer(int port, int mark) {
    packet = packet.marked(mark);
    listener = OptionalInt.of(port);
    steered = true;
  }

  void redirect(Hook hook, int port) {
    Optional<InetAddress> address =
        hook == Hook.OUTPUT
            ? Optional.of(loopback())
            : host.addressOf(packet.in(), packet.to().getAddress());
    if (steered) {
      drop("by REDIRECT: it leads away from the socket that TPROXY gave the packet to");
      return;
    }
    if (address.isEmpty()) {
      drop("by REDIRECT: interface " + packet.in() + " has no address of this family");
      return;
    }
    packet = packet.redirected(new InetSocketAddress(address.get(), port));
    listener = OptionalInt.of(port);
  }

  private InetAddress loopback() {
    return InetAddress.ofLiteral(
        packet.to().getAddress().getAddress().length == 4 ? "127.0.0.1" : "::1");
  }
}
