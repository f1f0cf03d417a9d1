// SPDX-License-Identifier: Apache-2.0
package dev.sluice.observe;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;

/**
 * A connection at its end, as the kernel's socket tells it: {@code struct connection} of
 * observe.bpf.c. Immutable.
 *
 * @param phase how far it came
 * @param protocol of the socket: 6 for TCP, 17 for UDP, 262 for MPTCP
 * @param pid the process that called connect(2)
 * @param errno what a program refused it with; 0 if none did
 * @param ends its addresses
 * @param times its times
 * @param figures what it carried; zero unless it was an established TCP connection
 */
record SocketEvent(
    Phase phase, int protocol, long pid, int errno, Ends ends, Times times, Figures figures) {
  static final int TCP = 6;
  static final int UDP = 17;
  static final int BYTES = 112;
  private static final int ADDRESS_BYTES = 16;

  /** How far a connection came; in the order of {@code enum phase}. */
  enum Phase {
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
   * Addresses.
   *
   * @param dialled what connect(2) was given
   * @param local empty if no SYN left
   * @param remote what the socket was connected to
   */
  record Ends(
      InetSocketAddress dialled, Optional<InetSocketAddress> local, InetSocketAddress remote) {}

  /**
   * By CLOCK_MONOTONIC, in nanoseconds.
   *
   * @param dialled when connect(2) was called
   * @param ended when it was over
   */
  record Times(long dialled, long ended) {}

  /**
   * What it carried.
   *
   * @param sent bytes that the other side has acknowledged
   * @param received bytes
   * @param roundTripMicros smoothed, at the end; 0 if none was measured
   */
  record Figures(long sent, long received, long roundTripMicros) {}

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
        Integer.toUnsignedLong(from.getInt(100)),
        -from.getInt(104),
        new Ends(dialled, left ? Optional.of(local) : Optional.empty(), remote),
        new Times(from.getLong(0), from.getLong(16)),
        new Figures(from.getLong(24), from.getLong(32), Integer.toUnsignedLong(from.getInt(96))));
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
