// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.netlink;

import dev.sluice.linux.socket.AddressFamily;
import dev.sluice.linux.socket.TcpState;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * {@code struct inet_diag_req_v2} and {@code struct inet_diag_msg} of {@code linux/inet_diag.h}.
 * Addresses and ports are in network order, all else in the machine's. Stateless.
 */
final class InetDiagCodec {
  static final int REQUEST_BYTES = 56;
  static final int MESSAGE_BYTES = 72;

  /** {@code struct inet_diag_sockid}, inside either. */
  static final int ID_BYTES = 48;

  private static final int REQUEST_ID = 8;
  private static final int MESSAGE_ID = 4;
  private static final int UID = 64;
  private static final int INODE = 68;

  private static final int LOCAL_ADDRESS = 4;
  private static final int REMOTE_ADDRESS = 20;
  private static final int INTERFACE = 36;
  private static final int COOKIE = 40;
  private static final int ADDRESS_BYTES = 16;

  /** Bits 1 to 12: all that {@link TcpState} knows. */
  private static final int ALL_STATES = 0x1ffe;

  private static final int ATTRIBUTE_HEAD_BYTES = 4;
  private static final int INET_DIAG_SOCKOPT = 22;
  private static final int TRANSPARENT = 1 << 5;

  private InetDiagCodec() {}

  /** Asks for all sockets of a protocol and family. */
  static byte[] listRequest(SocketProtocol protocol, AddressFamily family) {
    byte[] request = new byte[REQUEST_BYTES];
    putHead(request, protocol, family);
    return request;
  }

  /**
   * Asks about one socket. Of UDP the kernel takes source and destination the other way round here,
   * "for historical reasons" (udp_dump_one), and only here.
   */
  static byte[] lookupRequest(SocketId id) {
    return switch (id.protocol()) {
      case TCP -> request(id, id.local(), id.remote());
      case UDP -> request(id, id.remote(), id.local());
    };
  }

  /** Asks for the end of one socket. */
  static byte[] destroyRequest(SocketId id) {
    return request(id, id.local(), id.remote());
  }

  private static byte[] request(
      SocketId id, InetSocketAddress source, InetSocketAddress destination) {
    byte[] request = new byte[REQUEST_BYTES];
    ByteBuffer to = putHead(request, id.protocol(), id.family());
    to.position(REQUEST_ID);
    putPort(to, source.getPort());
    putPort(to, destination.getPort());
    putAddress(to, source.getAddress(), id.family());
    putAddress(to, destination.getAddress(), id.family());
    to.putInt(id.interfaceIndex());
    // Two halves in the kernel's struct, the lower one first whatever the machine's order.
    to.putInt((int) id.cookie()).putInt((int) (id.cookie() >>> 32));
    return request;
  }

  /** What the kernel said about a socket. */
  static SocketEntry entry(SocketProtocol protocol, ByteBuffer message) throws IOException {
    if (message.limit() < MESSAGE_BYTES) {
      throw new IOException(
          "reading a socket of %d bytes: expected %d or more"
              .formatted(message.limit(), MESSAGE_BYTES));
    }
    ByteBuffer id = message.slice(MESSAGE_ID, ID_BYTES).order(ByteOrder.nativeOrder());
    AddressFamily family = family(message.get(0));
    return new SocketEntry(
        new SocketId(
            protocol,
            family,
            address(id, LOCAL_ADDRESS, port(id, 0), family),
            address(id, REMOTE_ADDRESS, port(id, 2), family),
            id.getInt(INTERFACE),
            Integer.toUnsignedLong(id.getInt(COOKIE)) | ((long) id.getInt(COOKIE + 4) << 32)),
        state(message.get(1)),
        Integer.toUnsignedLong(message.getInt(INODE)),
        Integer.toUnsignedLong(message.getInt(UID)),
        isTransparent(message));
  }

  /** By a bit of {@code struct inet_diag_sockopt}; a listing can be long, so nothing is copied. */
  private static boolean isTransparent(ByteBuffer message) {
    int at = MESSAGE_BYTES;
    while (message.limit() - at > ATTRIBUTE_HEAD_BYTES) {
      int length = Short.toUnsignedInt(message.getShort(at));
      if (length <= ATTRIBUTE_HEAD_BYTES) {
        return false;
      }
      if (message.getShort(at + 2) == INET_DIAG_SOCKOPT) {
        return (message.get(at + ATTRIBUTE_HEAD_BYTES) & TRANSPARENT) != 0;
      }
      at += (length + 3) & ~3;
    }
    return false;
  }

  private static ByteBuffer putHead(byte[] request, SocketProtocol protocol, AddressFamily family) {
    return ByteBuffer.wrap(request)
        .order(ByteOrder.nativeOrder())
        .put((byte) family.number())
        .put((byte) protocol.number())
        .putShort((short) 0)
        .putInt(ALL_STATES);
  }

  private static void putPort(ByteBuffer to, int port) {
    to.put((byte) (port >> 8)).put((byte) port);
  }

  private static int port(ByteBuffer from, int offset) {
    return ((from.get(offset) & 0xff) << 8) | (from.get(offset + 1) & 0xff);
  }

  private static void putAddress(ByteBuffer to, InetAddress address, AddressFamily family) {
    byte[] field = new byte[ADDRESS_BYTES];
    byte[] bytes = address.getAddress();
    boolean mapped = address instanceof Inet4Address && family == AddressFamily.INET6;
    if (mapped) {
      field[10] = (byte) 0xff;
      field[11] = (byte) 0xff;
    }
    System.arraycopy(bytes, 0, field, mapped ? 12 : 0, bytes.length);
    to.put(field);
  }

  private static InetSocketAddress address(
      ByteBuffer from, int offset, int port, AddressFamily family) {
    byte[] field = new byte[ADDRESS_BYTES];
    from.get(offset, field);
    try {
      // The mapped form becomes an Inet4Address, and goes back by the family of the socket.
      return new InetSocketAddress(
          InetAddress.getByAddress(family == AddressFamily.INET ? Arrays.copyOf(field, 4) : field),
          port);
    } catch (UnknownHostException e) {
      throw new AssertionError("4 or 16 bytes are an address", e);
    }
  }

  private static AddressFamily family(int number) throws IOException {
    for (AddressFamily family : AddressFamily.values()) {
      if (family.number() == number) {
        return family;
      }
    }
    throw new IOException(
        "reading a socket of family " + number + ": expected AF_INET (2) or AF_INET6 (10)");
  }

  private static TcpState state(int number) throws IOException {
    for (TcpState state : TcpState.values()) {
      if (state.number() == number) {
        return state;
      }
    }
    throw new IOException(
        "reading a socket in state " + number + ": expected 1 to " + TcpState.values().length);
  }
}
