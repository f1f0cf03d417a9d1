// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.ffi;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteOrder;

/**
 * {@code struct sockaddr_in} and {@code sockaddr_in6} (<a
 * href="https://man7.org/linux/man-pages/man7/ip.7.html">ip(7)</a>, <a
 * href="https://man7.org/linux/man-pages/man7/ipv6.7.html">ipv6(7)</a>), to and from {@link
 * InetSocketAddress}. An IPv4 address for an AF_INET6 socket becomes {@code ::ffff:a.b.c.d}, and
 * that reads back as an {@link Inet4Address}; a scope id is kept, the flow label is zero.
 * Stateless.
 */
final class SocketAddressLayout {
  static final int AF_INET = 2;
  static final int AF_INET6 = 10;

  /** {@code sizeof(struct sockaddr_storage)}. */
  static final int STORAGE_BYTES = 128;

  private static final ValueLayout.OfShort PORT_LAYOUT =
      ValueLayout.JAVA_SHORT.withOrder(ByteOrder.BIG_ENDIAN);

  static final StructLayout SOCKADDR_IN =
      MemoryLayout.structLayout(
          ValueLayout.JAVA_SHORT.withName("sin_family"),
          PORT_LAYOUT.withName("sin_port"),
          MemoryLayout.sequenceLayout(4, ValueLayout.JAVA_BYTE).withName("sin_addr"),
          MemoryLayout.paddingLayout(8));

  static final StructLayout SOCKADDR_IN6 =
      MemoryLayout.structLayout(
          ValueLayout.JAVA_SHORT.withName("sin6_family"),
          PORT_LAYOUT.withName("sin6_port"),
          ValueLayout.JAVA_INT.withName("sin6_flowinfo"),
          MemoryLayout.sequenceLayout(16, ValueLayout.JAVA_BYTE).withName("sin6_addr"),
          ValueLayout.JAVA_INT.withName("sin6_scope_id"));

  private static final int IN_BYTES = (int) SOCKADDR_IN.byteSize();
  private static final int IN6_BYTES = (int) SOCKADDR_IN6.byteSize();
  private static final long FAMILY = Members.offset(SOCKADDR_IN, "sin_family");
  private static final long PORT = Members.offset(SOCKADDR_IN, "sin_port");
  private static final long ADDR4 = Members.offset(SOCKADDR_IN, "sin_addr");
  private static final long FLOWINFO = Members.offset(SOCKADDR_IN6, "sin6_flowinfo");
  private static final long ADDR6 = Members.offset(SOCKADDR_IN6, "sin6_addr");
  private static final long SCOPE = Members.offset(SOCKADDR_IN6, "sin6_scope_id");

  private SocketAddressLayout() {}

  /**
   * Writes {@code address} as a socket of {@code socketFamily} expects it. An IPv6 address for an
   * AF_INET socket is written as it is: the kernel answers EAFNOSUPPORT.
   *
   * @return the length in bytes
   */
  static int encode(InetSocketAddress address, int socketFamily, MemorySegment into) {
    InetAddress host = address.getAddress();
    if (host == null) {
      throw new IllegalArgumentException(
          "address " + address + " is a name; expected an IP address and a port");
    }
    byte[] bytes = host.getAddress();
    boolean mapped = bytes.length == 4 && socketFamily == AF_INET6;
    into.set(PORT_LAYOUT, PORT, (short) address.getPort());
    if (bytes.length == 4 && !mapped) {
      into.set(ValueLayout.JAVA_SHORT, FAMILY, (short) AF_INET);
      MemorySegment.copy(bytes, 0, into, ValueLayout.JAVA_BYTE, ADDR4, 4);
      into.set(ValueLayout.JAVA_LONG, ADDR4 + 4, 0L);
      return IN_BYTES;
    }
    into.set(ValueLayout.JAVA_SHORT, FAMILY, (short) AF_INET6);
    into.set(ValueLayout.JAVA_INT, FLOWINFO, 0);
    if (mapped) {
      // ::ffff:a.b.c.d, RFC 4291 section 2.5.5.2; the wildcard stays a wildcard for both families.
      boolean any = host.isAnyLocalAddress();
      into.set(ValueLayout.JAVA_LONG, ADDR6, 0L);
      into.set(
          ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN),
          ADDR6 + 8,
          any ? 0 : 0xffff);
      MemorySegment.copy(bytes, 0, into, ValueLayout.JAVA_BYTE, ADDR6 + 12, 4);
    } else {
      MemorySegment.copy(bytes, 0, into, ValueLayout.JAVA_BYTE, ADDR6, 16);
    }
    into.set(ValueLayout.JAVA_INT, SCOPE, host instanceof Inet6Address v6 ? v6.getScopeId() : 0);
    return IN6_BYTES;
  }

  /**
   * Reads what the kernel wrote.
   *
   * @throws IllegalStateException if it is neither family: the descriptor is no IP socket
   */
  static InetSocketAddress decode(MemorySegment from) {
    int family = from.get(ValueLayout.JAVA_SHORT, FAMILY);
    int port = from.get(PORT_LAYOUT, PORT) & 0xffff;
    return switch (family) {
      case AF_INET -> new InetSocketAddress(address(from, ADDR4, 4, 0), port);
      case AF_INET6 ->
          new InetSocketAddress(
              address(from, ADDR6, 16, from.get(ValueLayout.JAVA_INT, SCOPE)), port);
      default ->
          throw new IllegalStateException(
              "reading a socket address of family "
                  + family
                  + ": expected AF_INET (2) or AF_INET6 (10)");
    };
  }

  private static InetAddress address(MemorySegment from, long offset, int length, int scope) {
    byte[] bytes = new byte[length];
    MemorySegment.copy(from, ValueLayout.JAVA_BYTE, offset, bytes, 0, length);
    try {
      // Without a scope this also turns ::ffff:a.b.c.d into an Inet4Address, which is wanted.
      return scope == 0
          ? InetAddress.getByAddress(bytes)
          : Inet6Address.getByAddress(null, bytes, scope);
    } catch (UnknownHostException e) {
      throw new IllegalStateException("an IP address of " + length + " bytes: expected 4 or 16", e);
    }
  }
}
