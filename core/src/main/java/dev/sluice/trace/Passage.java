// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import dev.sluice.linux.netlink.PacketTrace;
import dev.sluice.linux.netlink.TraceMessage;
import dev.sluice.linux.netlink.TracedPacket;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The first packet of one leg through the netfilter of every traced namespace. Messages belong
 * together by the sequence number of the SYN: addresses are translated on the way and trace ids
 * change and are used again, but that number stays. A packet that was sent again because nobody
 * answered is left out after its first way. Immutable.
 *
 * @param hops in the order of the messages
 * @param lastFlow the addresses of the packet where it was seen last
 * @param lastPlace the namespace in which it was seen last
 * @param delivered it went to a local socket there
 * @param sequence by which its messages belong together; empty if there are none
 */
record Passage(
    List<Hop> hops,
    Optional<Flow> lastFlow,
    Optional<Place> lastPlace,
    boolean delivered,
    OptionalLong sequence) {
  private static final int UDP = 17;
  private static final String SOURCE = "nftables trace, time of reading";

  /**
   * Follows the packet whose source was {@code source} when it was first seen.
   *
   * @param others sequence numbers that are other legs'
   */
  static Passage of(InetSocketAddress source, Set<Long> others, Material material) {
    Optional<TracedPacket> first =
        material.packets().seen().stream()
            .map(SeenPacket::message)
            .flatMap(message -> message.packet().stream())
            .filter(packet -> packet.source().equals(source))
            .filter(packet -> !others.contains(packet.sequence()))
            .findFirst();
    return first
        .map(packet -> new Reader(packet, material).read())
        .orElse(
            new Passage(
                List.of(), Optional.empty(), Optional.empty(), false, OptionalLong.empty()));
  }

  /** The addresses of the packet where it was seen first. */
  Optional<Flow> firstFlow() {
    return hops.stream()
        .map(Hop::what)
        .filter(What.Packet.class::isInstance)
        .map(packet -> ((What.Packet) packet).flow())
        .findFirst();
  }

  /** The addresses with which the packet came to a namespace; empty if it wasn't seen there. */
  Optional<Flow> flowInto(Place there) {
    return hops.stream()
        .map(Hop::what)
        .filter(What.Packet.class::isInstance)
        .map(What.Packet.class::cast)
        .filter(packet -> packet.place().inode() == there.inode())
        .map(What.Packet::flow)
        .findFirst();
  }

  /**
   * Follows a datagram, up to where it is delivered: an answer may carry the same bytes.
   *
   * @param carried the first four bytes of what it carries
   */
  static Passage ofDatagram(long carried, Material material) {
    return material.packets().seen().stream()
        .flatMap(seen -> seen.message().packet().stream())
        .filter(packet -> packet.protocol() == UDP && packet.sequence() == carried)
        .findFirst()
        .map(packet -> new Reader(packet, material).read())
        .orElse(
            new Passage(
                List.of(), Optional.empty(), Optional.empty(), false, OptionalLong.empty()));
  }

  /** Goes through the messages once. */
  private static final class Reader {
    private final TracedPacket first;
    private final Material material;
    private final List<Hop> hops = new ArrayList<>();

    /** Who has which id at the moment, for each place. */
    private final Map<Long, Set<Integer>> ours = new HashMap<>();

    /** Hooks that it has been through: a second time is a second packet. */
    private final Set<String> begun = new HashSet<>();

    private @Nullable Flow flow;
    private @Nullable Place place;
    private boolean delivered;
    private boolean again;

    Reader(TracedPacket first, Material material) {
      this.first = first;
      this.material = material;
    }

    Passage read() {
      for (SeenPacket seen : material.packets().seen()) {
        if (isOurs(seen) && !again) {
          take(seen);
        }
      }
      return new Passage(
          List.copyOf(hops),
          Optional.ofNullable(flow),
          Optional.ofNullable(place),
          delivered,
          OptionalLong.of(first.sequence()));
    }

    private boolean isOurs(SeenPacket seen) {
      Set<Integer> ids = ours.computeIfAbsent(seen.place().inode(), _ -> new HashSet<>());
      int id = seen.message().id();
      if (seen.message().packet().isEmpty()) {
        return ids.contains(id);
      }
      TracedPacket packet = seen.message().packet().get();
      boolean same =
          packet.protocol() == first.protocol()
              && packet.sequence() == first.sequence()
              && packet.flags() == first.flags()
              && !isAnswer(packet);
      if (same) {
        ids.add(id);
      } else {
        ids.remove(id);
      }
      return same;
    }

    /** What a server sends back may be what it got. */
    private boolean isAnswer(TracedPacket packet) {
      return packet.protocol() == UDP && packet.destination().equals(first.source());
    }

    private void take(SeenPacket seen) {
      TraceMessage message = seen.message();
      boolean own = PacketTrace.isOwn(message);
      String hook = own ? PacketTrace.hook(message) : "";
      boolean begins = PacketTrace.isFirst(message) && message.packet().isPresent();
      if (begins && !begun.add(seen.place().inode() + hook)) {
        again = true;
        return;
      }
      message
          .packet()
          .map(packet -> new Flow(packet.source(), packet.destination()))
          .ifPresent(now -> moved(seen, now, hook, begins));
      if (own) {
        if (PacketTrace.isLast(message) && message.packet().isPresent()) {
          ended(seen, hook);
        }
        return;
      }
      add(seen, what(seen));
    }

    private void moved(SeenPacket seen, Flow now, String hook, boolean begins) {
      if (flow != null && !flow.equals(now)) {
        add(seen, new What.Translated(seen.place(), hook, flow, now));
      }
      flow = now;
      place = seen.place();
      if (begins) {
        boolean output = hook.equals("output");
        add(
            seen,
            new What.Packet(
                seen.place(), hook, output ? What.Point.LEAVES_SOCKET : What.Point.ARRIVES, now));
      }
    }

    private void ended(SeenPacket seen, String hook) {
      Flow now = flow;
      if (now == null) {
        return;
      }
      switch (hook) {
        case "input" -> {
          delivered = true;
          again = first.protocol() == UDP;
          add(seen, new What.Packet(seen.place(), hook, What.Point.DELIVERED, now));
        }
        case "postrouting" ->
            add(seen, new What.Packet(seen.place(), hook, What.Point.LEAVES, now));
        default -> {}
      }
    }

    private What what(SeenPacket seen) {
      TraceMessage message = seen.message();
      What.Chain chain =
          new What.Chain(seen.place(), message.family(), message.table(), message.chain());
      // What follows the last rule of a chain has no handle: it is a rule to the kernel alone.
      boolean implied = message.event() == TraceMessage.Event.RULE && message.rule().isEmpty();
      return switch (implied ? TraceMessage.Event.RETURN : message.event()) {
        case RULE ->
            new What.Rule(
                chain,
                message.rule(),
                message.verdict(),
                material
                    .rules()
                    .getOrDefault(
                        new RuleKey(
                            seen.place().inode(),
                            message.family(),
                            message.table(),
                            message.chain(),
                            message.rule().orElse(0)),
                        ""));
        case POLICY -> new What.ChainEnd(chain, true, message.verdict());
        case RETURN -> new What.ChainEnd(chain, false, message.verdict());
      };
    }

    private void add(SeenPacket seen, What what) {
      hops.add(new Hop(Sighting.event(SOURCE, seen.message().readAtNanos()), what));
    }
  }
}
