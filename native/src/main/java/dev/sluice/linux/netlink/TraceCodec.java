// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.netlink;

import dev.sluice.linux.netlink.TraceMessage.Event;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** Reads {@code NFT_MSG_TRACE} of {@code linux/netfilter/nf_tables.h}. Stateless. */
final class TraceCodec {
  private static final int TABLE = 1;
  private static final int CHAIN = 2;
  private static final int RULE_HANDLE = 3;
  private static final int TYPE = 4;
  private static final int VERDICT = 5;
  private static final int ID = 6;
  private static final int NETWORK_HEADER = 8;
  private static final int TRANSPORT_HEADER = 9;
  private static final int MARK = 14;
  private static final int POLICY = 16;

  private static final int VERDICT_CODE = 1;
  private static final int VERDICT_CHAIN = 2;

  private static final int PROTOCOL_TCP = 6;
  private static final int PROTOCOL_UDP = 17;
  private static final int UDP_HEADER = 8;
  private static final int PORTS_BYTES = 4;
  private static final int TCP_FLAGS = 13;

  private TraceCodec() {}

  /**
   * Reads one.
   *
   * @param family {@code nfgen_family}
   * @throws IOException if it is not as the kernel writes it
   */
  static TraceMessage read(int family, ByteBuffer content, long readAtNanos) throws IOException {
    Map<Integer, ByteBuffer> fields = Attributes.parse(content);
    int type = number(fields, TYPE);
    Event event =
        switch (type) {
          case 1 -> Event.POLICY;
          case 2 -> Event.RETURN;
          case 3 -> Event.RULE;
          default -> throw new IOException("reading a trace message of type " + type);
        };
    ByteBuffer handle = fields.get(RULE_HANDLE);
    return new TraceMessage(
        number(fields, ID),
        familyName(family),
        text(fields, TABLE),
        text(fields, CHAIN),
        event,
        event == Event.RULE && handle != null && handle.limit() == Long.BYTES
            ? OptionalLong.of(handle.getLong(0))
            : OptionalLong.empty(),
        event == Event.POLICY ? verdictName(number(fields, POLICY), "") : verdict(fields),
        packet(fields.get(NETWORK_HEADER), fields.get(TRANSPORT_HEADER)),
        Integer.toUnsignedLong(number(fields, MARK)),
        readAtNanos);
  }

  private static String verdict(Map<Integer, ByteBuffer> fields) throws IOException {
    ByteBuffer nested = fields.get(VERDICT);
    if (nested == null) {
      return "";
    }
    Map<Integer, ByteBuffer> verdict = Attributes.parse(nested);
    return verdictName(number(verdict, VERDICT_CODE), text(verdict, VERDICT_CHAIN));
  }

  private static String verdictName(int code, String chain) {
    return switch (code) {
      case 0 -> "drop";
      case 1 -> "accept";
      case 2 -> "stolen";
      case 3 -> "queue";
      case -1 -> "continue";
      case -2 -> "break";
      case -3 -> "jump " + chain;
      case -4 -> "goto " + chain;
      case -5 -> "return";
      default -> "verdict " + code;
    };
  }

  private static String familyName(int family) {
    return switch (family) {
      case 1 -> "inet";
      case 2 -> "ip";
      case 3 -> "arp";
      case 5 -> "netdev";
      case 7 -> "bridge";
      case 10 -> "ip6";
      default -> "family " + family;
    };
  }

  private static Optional<TracedPacket> packet(
      @Nullable ByteBuffer network, @Nullable ByteBuffer transport) throws IOException {
    if (network == null || transport == null || transport.limit() < PORTS_BYTES) {
      return Optional.empty();
    }
    boolean v4 = network.limit() >= 20 && (network.get(0) >> 4 & 0xf) == 4;
    boolean v6 = network.limit() >= 40 && (network.get(0) >> 4 & 0xf) == 6;
    if (!v4 && !v6) {
      return Optional.empty();
    }
    // Ports stand first in both; behind IPv6 extension headers, the length tells TCP.
    int protocol = network.get(v4 ? 9 : 6) & 0xff;
    if (protocol != PROTOCOL_TCP && protocol != PROTOCOL_UDP) {
      return Optional.empty();
    }
    boolean tcp = protocol == PROTOCOL_TCP && transport.limit() > TCP_FLAGS;
    int length = v4 ? 4 : 16;
    int from = v4 ? 12 : 8;
    return Optional.of(
        new TracedPacket(
            endpoint(network, from, length, transport.getShort(0)),
            endpoint(network, from + length, length, transport.getShort(2)),
            protocol,
            sequence(tcp, protocol, transport),
            tcp ? transport.get(TCP_FLAGS) & 0xff : 0));
  }

  private static long sequence(boolean tcp, int protocol, ByteBuffer transport) {
    if (tcp) {
      return Integer.toUnsignedLong(transport.getInt(4));
    }
    boolean udp = protocol == PROTOCOL_UDP && transport.limit() >= UDP_HEADER + Integer.BYTES;
    return udp ? Integer.toUnsignedLong(transport.getInt(UDP_HEADER)) : 0;
  }

  private static InetSocketAddress endpoint(ByteBuffer from, int offset, int length, short port)
      throws UnknownHostException {
    byte[] address = new byte[length];
    from.get(offset, address);
    return new InetSocketAddress(InetAddress.getByAddress(address), Short.toUnsignedInt(port));
  }

  private static int number(Map<Integer, ByteBuffer> fields, int type) {
    ByteBuffer value = fields.get(type);
    return value == null || value.limit() < Integer.BYTES ? 0 : value.getInt(0);
  }

  private static String text(Map<Integer, ByteBuffer> fields, int type) {
    ByteBuffer value = fields.get(type);
    return value == null ? "" : Attributes.text(value);
  }
}
