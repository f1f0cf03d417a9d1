// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** What happens at a hop. */
public sealed interface What {

  /**
   * The traced program called connect(2).
   *
   * @param cgroup of its socket, whose programs see it; empty if there are none here
   */
  record Dialled(Place place, Optional<Path> cgroup, InetSocketAddress destination)
      implements What {}

  /**
   * An application called connect(2).
   *
   * @param caller the process, by the name that it had then
   * @param protocol {@code TCP} or {@code UDP}
   */
  record AppDialled(Place place, Holder caller, String protocol, InetSocketAddress destination)
      implements What {}

  /**
   * The traced program sent one datagram with sendto(2).
   *
   * @param cgroup of its socket, whose programs see it; empty if there are none here
   */
  record Sent(Place place, Optional<Path> cgroup, InetSocketAddress destination) implements What {}

  /**
   * A datagram came to the traced program, from whom recvfrom(2) says it is.
   *
   * @param dialled whether that is where its own went; anybody may send one from elsewhere
   */
  record Answered(InetSocketAddress from, boolean dialled) implements What {}

  /**
   * A socket that takes datagrams is bound where one was delivered.
   *
   * @param local its own address; the wildcard if it takes those to every address
   * @param holder the process that has it open, if it could be found
   */
  record BoundThere(Place place, InetSocketAddress local, Optional<Holder> holder)
      implements What {}

  /**
   * Programs of others ran in connect(2), or where a datagram was sent or received.
   *
   * @param hook as section names have it, such as {@code cgroup/connect4}
   * @param programs name and id; more than one only where no observer could stand between them
   * @param before the address as it was given to the first
   * @param after the address as the last left it
   * @param refused the error with which one of them refused, and nothing left the socket; empty if
   *     none did
   */
  record Hooked(
      String hook,
      List<String> programs,
      InetSocketAddress before,
      InetSocketAddress after,
      Optional<String> refused)
      implements What {
    /** Copies the list. */
    public Hooked {
      programs = List.copyOf(programs);
    }
  }

  /**
   * Programs of others ran in getsockname(2) or getpeername(2) of the client.
   *
   * @param hook as section names have it, such as {@code cgroup/getpeername4}
   * @param programs name and id; more than one only where no observer could stand between them
   * @param before the address that the kernel had, or that the programs before these told
   * @param after the address as the last left it
   */
  record Shown(
      String hook, List<String> programs, InetSocketAddress before, InetSocketAddress after)
      implements What {
    /** Copies the list. */
    public Shown {
      programs = List.copyOf(programs);
    }
  }

  /**
   * A program of somebody's on a hook that sockets of the client come by.
   *
   * @param place the namespace of a hook that belongs to one; empty for hooks of cgroups
   * @param hook as section names have it, such as {@code cgroup/getpeername4}
   * @param order from 1: when it runs among those of its hook
   * @param program as the kernel keeps its name
   * @param id the kernel's number of it
   * @param owner whose it is, going by its name; {@code unknown} otherwise
   * @param runs how often it ran meanwhile, for whatever socket
   */
  record Ran(
      Optional<Place> place,
      String hook,
      int order,
      String program,
      int id,
      String owner,
      long runs)
      implements What {}

  /**
   * A routing table was asked.
   *
   * @param place where; empty if neither the table nor a device says so
   * @param flow what was asked for; a port is 0 while it isn't chosen, or where it doesn't count
   * @param table {@code local}, {@code main}, {@code default}, or its number
   * @param mark of the packet, by which a policy rule can have chosen the table; 0 for none
   * @param device to which it leads; empty if to none
   * @param gateway the next hop, if it is not the destination
   * @param result {@code found}, or why not
   */
  record Routed(
      Optional<Place> place,
      Flow flow,
      String table,
      long mark,
      String device,
      Optional<InetAddress> gateway,
      String result)
      implements What {}

  /** What the client's socket says of itself after connect: getsockname and getpeername. */
  record ClientSockets(InetSocketAddress local, InetSocketAddress peer) implements What {}

  /** What the kernel connected, which programs may make the socket's owner believe otherwise. */
  record SocketEnds(InetSocketAddress local, InetSocketAddress peer) implements What {}

  /**
   * A packet was where a hook begins or ends.
   *
   * @param hook prerouting, input, output or postrouting
   * @param point what that place means
   */
  record Packet(Place place, String hook, Point point, Flow flow) implements What {}

  /** A place of a packet. */
  enum Point {
    /** Out of a local socket, before any rule. */
    LEAVES_SOCKET("leaves the socket"),
    /** In from a device, lo included, before any rule. */
    ARRIVES("arrives"),
    /** After all rules, for a local socket. */
    DELIVERED("is delivered"),
    /** After all rules, to a device. */
    LEAVES("leaves for the device");

    private final String text;

    Point(String text) {
      this.text = text;
    }

    /** For people. */
    public String text() {
      return text;
    }
  }

  /**
   * A chain of somebody's.
   *
   * @param family of its table, as nft calls it
   */
  record Chain(Place place, String family, String table, String name) {
    /** {@code ip nat OUTPUT}. */
    @Override
    public String toString() {
      return family + " " + table + " " + name;
    }
  }

  /**
   * A rule matched.
   *
   * @param handle of the rule, as {@code nft -a list ruleset} shows it
   * @param verdict what came of it
   * @param text the rule as nft listed it before the connection; empty if it did not
   */
  record Rule(Chain chain, OptionalLong handle, String verdict, String text) implements What {}

  /**
   * A rule of iptables' legacy variant counted packets meanwhile; others' may be among them.
   *
   * @param number of the rule in its chain, from 1
   * @param packets how many
   */
  record Counted(Chain chain, int number, String text, long packets) implements What {}

  /** A chain ended without a verdict: its policy, or a return to the one that jumped to it. */
  record ChainEnd(Chain chain, boolean policy, String verdict) implements What {}

  /**
   * Netfilter changed addresses or ports.
   *
   * @param hook in which hook
   */
  record Translated(Place place, String hook, Flow before, Flow after) implements What {}

  /**
   * A socket has the other end of the connection.
   *
   * @param local its own address
   * @param peer whom it has it from
   * @param holder the process that has it open, if it could be found
   */
  record Accepted(
      Place place, InetSocketAddress local, InetSocketAddress peer, Optional<Holder> holder)
      implements What {}

  /**
   * A proxy told what it was asked for and what it did: its record of the connection.
   *
   * @param holder the proxy, if it could be found
   */
  record Decided(
      Optional<Holder> holder,
      String direction,
      String mode,
      String source,
      String originalDestination,
      String path,
      String reason,
      String outcome,
      String detail)
      implements What {}

  /** A proxy's own connection to where it decided to go. */
  record UpstreamDialled(Optional<Holder> holder, String source, String destination)
      implements What {}

  /** The last socket of the path: what the server sees as its peer. */
  record ServerSaw(
      Place place, InetSocketAddress local, InetSocketAddress peer, Optional<Holder> holder)
      implements What {}

  /** How connect(2) ended for the client: connected, or the error. */
  record Outcome(String text, boolean connected) implements What {}

  /**
   * The client's socket is closed.
   *
   * @param sent bytes that the other side has acknowledged; empty if that is not known
   * @param received bytes; empty if that is not known
   * @param roundTripMicros smoothed, at the end; empty if none was measured
   */
  record Ended(OptionalLong sent, OptionalLong received, OptionalLong roundTripMicros)
      implements What {}

  /** So many of something are missing. */
  record Lost(long count, String what) implements What {}

  /** Nobody can say what happened here. */
  record Unknown(String subject, String why) implements What {}
}
