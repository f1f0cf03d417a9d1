// SPDX-License-Identifier: Apache-2.0
package dev.sluice.observe;

import dev.sluice.linux.Errno;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * A connection at its end, as the kernel's socket tells it: {@code struct connection} of
 * observe.bpf.c. Immutable.
 *
 * @param phase how far it came
 * @param protocol of the socket: 6 for TCP, 17 for UDP, 262 for MPTCP
 * @param caller who called connect(2)
 * @param errno what a program refused it with; 0 if none did
 * @param ends its addresses
 * @param times its times
 * @param figures what it carried; zero unless it was an established TCP connection
 */
public record SocketEvent(
    Phase phase, int protocol, Caller caller, int errno, Ends ends, Times times, Figures figures) {
  static final int TCP = 6;
  static final int UDP = 17;
  static final int BYTES = 160;
  private static final int COMMAND = 144;
  private static final int INET6 = 10;
  private static final int ADDRESS_BYTES = 16;

  /** How far a connection came; in the order of {@code enum phase}. */
  public enum Phase {
    /** No packet is known to have left: of MPTCP nothing more is ever known. */
    DIALLED,
    /** A program at connect(2) refused it. */
    REFUSED,
    /** A SYN left. */
    LEFT,
    /** It was accepted; of UDP: the kernel found a way there. */
    ESTABLISHED
  }

  /**
   * A process, as it was when it called connect(2).
   *
   * @param pid its number
   * @param command the first 15 characters of its thread's name: the program's, unless it has
   *     another
   * @param netns the cookie of the socket's network namespace
   * @param cgroup the id of the cgroup that it was in
   * @param v6 whether it dialled from a socket of IPv6, be it an IPv4 address
   */
  public record Caller(long pid, String command, long netns, long cgroup, boolean v6) {}

  /**
   * Addresses.
   *
   * @param dialled what connect(2) was given
   * @param local empty if no SYN left
   * @param remote what the socket was connected to
   */
  public record Ends(
      InetSocketAddress dialled, Optional<InetSocketAddress> local, InetSocketAddress remote) {}

  /**
   * By CLOCK_MONOTONIC, in nanoseconds; 0 for what never came.
   *
   * @param dialled when connect(2) was called
   * @param decided when the programs on connect(2) had run
   * @param left when its SYN left
   * @param established when it was accepted
   * @param ended when it was over
   */
  public record Times(long dialled, long decided, long left, long established, long ended) {}

  /**
   * What it carried.
   *
   * @param sent bytes that the other side has acknowledged
   * @param received bytes
   * @param roundTripMicros smoothed, at the end; 0 if none was measured
   */
  public record Figures(long sent, long received, long roundTripMicros) {}

  /**
   * Reads the struct.
   *
   * @throws IllegalArgumentException if it is none
   */
  static SocketEvent parse(byte[] struct) {
    ByteBuffer from = ByteBuffer.wrap(struct).order(ByteOrder.nativeOrder());
    int phase = struct.length == BYTES ? from.getInt(108) : 0;
    if (phase < 1 || phase > Phase.values().length) {
      throw new IllegalArgumentException(
          "reading an event of %d bytes, phase %d: expected %d bytes and a phase from 1 to %d"
              .formatted(struct.length, phase, BYTES, Phase.values().length));
    }
    InetSocketAddress dialled = address(struct, 40, 88);
    InetSocketAddress local = address(struct, 56, 90);
    InetSocketAddress remote = address(struct, 72, 92);
    Phase reached = Phase.values()[phase - 1];
    int protocol = Short.toUnsignedInt(from.getShort(94));
    boolean left = protocol == TCP && (reached == Phase.LEFT || reached == Phase.ESTABLISHED);
    return new SocketEvent(
        reached,
        protocol,
        new Caller(
            Integer.toUnsignedLong(from.getInt(100)),
            command(struct),
            from.getLong(112),
            from.getLong(120),
            from.getShort(106) == INET6),
        -from.getShort(104),
        new Ends(dialled, left ? Optional.of(local) : Optional.empty(), remote),
        new Times(
            from.getLong(0),
            from.getLong(128),
            from.getLong(136),
            from.getLong(8),
            from.getLong(16)),
        new Figures(from.getLong(24), from.getLong(32), Integer.toUnsignedLong(from.getInt(96))));
  }

  /** Ends with a zero byte; a process may have given itself any name. */
  private static String command(byte[] struct) {
    int end = COMMAND;
    while (end < BYTES && struct[end] != 0) {
      end++;
    }
    return new String(struct, COMMAND, end - COMMAND, StandardCharsets.UTF_8);
  }

  /** Why it did not come about, or what is not known of it; empty if it did. */
  public String reason() {
    return switch (phase) {
      case ESTABLISHED -> "";
      case LEFT -> "nobody accepted it";
      case DIALLED ->
          switch (protocol) {
            case TCP -> "no packet left: no way there, or a program refused it later";
            case UDP -> "not connected at its end: no way there, or disconnected";
            default -> "MPTCP: what it carried is not known";
          };
      case REFUSED -> "a program refused it at connect(2): " + Errno.describe(errno);
    };
  }

  /** {@code TCP}, for MPTCP, too, or {@code UDP}. */
  public String protocolName() {
    return protocol == UDP ? "UDP" : "TCP";
  }

  /** Whether programs on connect(2) led it elsewhere; the kernel itself does that to 0.0.0.0. */
  public boolean isRewritten() {
    InetSocketAddress dialled = ends.dialled();
    boolean ofKernel =
        dialled.getAddress().isAnyLocalAddress() && dialled.getPort() == ends.remote().getPort();
    return !ofKernel && !dialled.equals(ends.remote());
  }

  private static InetSocketAddress address(byte[] struct, int at, int port) {
    byte[] address = new byte[ADDRESS_BYTES];
    System.arraycopy(struct, at, address, 0, ADDRESS_BYTES);
    try {
      return new InetSocketAddress(
          InetAddress.getByAddress(address),
          ((struct[port] & 0xff) << 8) | (struct[port + 1] & 0xff));
    } catch (UnknownHostException e) {
      throw new AssertionError("16 bytes are an address", e);
    }
  }
}
