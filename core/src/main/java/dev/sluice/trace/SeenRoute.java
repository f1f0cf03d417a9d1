// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/**
 * A lookup in a routing table, {@code struct route_event} of {@code route.bpf.c}. Immutable.
 *
 * @param nanos when, by CLOCK_MONOTONIC
 * @param flow what was looked up; a port may be 0
 * @param table its number
 * @param result 0, or a negative errno
 * @param namespace the inode number of the network namespace; 0 if nothing says which
 * @param mark of the packet
 * @param gateway the next hop, if there is one
 * @param device its name; empty for none
 */
record SeenRoute(
    long nanos,
    Flow flow,
    long table,
    int result,
    long namespace,
    long mark,
    Optional<InetAddress> gateway,
    String device) {
  static final int BYTES = 112;

  private static final int AF_INET = 2;
  private static final int AF_INET6 = 10;
  private static final int IPV6 = 8;
  private static final int TABLE = 12;
  private static final int RESULT = 16;
  private static final int NETNS = 20;
  private static final int MARK = 24;
  private static final int SOURCE_PORT = 32;
  private static final int PORT = 34;
  private static final int GATEWAY_FAMILY = 36;
  private static final int SOURCE = 40;
  private static final int DESTINATION = 56;
  private static final int GATEWAY = 72;
  private static final int DEVICE = 88;
  private static final int DEVICE_BYTES = 16;

  /** Reads one as it is in the ring. */
  static SeenRoute decode(byte[] event) {
    ByteBuffer fields = ByteBuffer.wrap(event).order(ByteOrder.nativeOrder());
    boolean ipv6 = fields.getInt(IPV6) != 0;
    int family = fields.getInt(GATEWAY_FAMILY);
    return new SeenRoute(
        fields.getLong(0),
        new Flow(
            new InetSocketAddress(address(event, SOURCE, ipv6), port(event, SOURCE_PORT)),
            new InetSocketAddress(address(event, DESTINATION, ipv6), port(event, PORT))),
        Integer.toUnsignedLong(fields.getInt(TABLE)),
        fields.getInt(RESULT),
        Integer.toUnsignedLong(fields.getInt(NETNS)),
        Integer.toUnsignedLong(fields.getInt(MARK)),
        family == AF_INET || family == AF_INET6
            ? Optional.of(address(event, GATEWAY, family == AF_INET6))
            : Optional.empty(),
        new String(event, DEVICE, DEVICE_BYTES, StandardCharsets.UTF_8).replaceFirst("\0.*", ""));
  }

  private static InetAddress address(byte[] event, int at, boolean ipv6) {
    try {
      return InetAddress.getByAddress(Arrays.copyOfRange(event, at, at + (ipv6 ? 16 : 4)));
    } catch (UnknownHostException e) {
      throw new IllegalStateException("4 or 16 bytes are an address", e);
    }
  }

  private static int port(byte[] event, int at) {
    return ((event[at] & 0xff) << 8) | (event[at + 1] & 0xff);
  }
}
