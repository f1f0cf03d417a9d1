// SPDX-License-Identifier: Apache-2.0
package dev.sluice.socketlb;

import dev.sluice.model.TransportProtocol;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * {@code struct table_key} and {@code struct table_value} of socketlb_maps.h. Numbers are in the
 * machine's order, addresses and ports in network order. A test holds sizes and offsets against the
 * object's BTF.
 */
final class TableLayout {
  static final int KEY_BYTES = 24;
  static final int VALUE_BYTES = 24;

  private static final int IPPROTO_TCP = 6;
  private static final int IPPROTO_UDP = 17;
  private static final int AF_INET = 2;
  private static final int AF_INET6 = 10;

  private TableLayout() {}

  /** {@code enum table_kind}; the ordinal is not the number. */
  enum Kind {
    SERVICE(1),
    NODE_PORT(2),
    NODE_ADDRESS(3),
    SLOT(4),
    MEMBER(5),
    LINGERING(6);

    private final byte number;

    Kind(int number) {
      this.number = (byte) number;
    }

    byte number() {
      return number;
    }

    static Kind of(byte number) {
      for (Kind kind : values()) {
        if (kind.number == number) {
          return kind;
        }
      }
      throw new IllegalArgumentException(
          "a table entry of kind " + number + " is not known; expected 1 to 6");
    }
  }

  static ByteBuffer over(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
  }

  static void putServiceKey(
      ByteBuffer keys, TransportProtocol protocol, InetAddress address, int port) {
    putHead(keys, Kind.SERVICE, number(protocol), port, 0);
    AddressBytes.put(keys, address);
  }

  static void putNodePortKey(ByteBuffer keys, TransportProtocol protocol, boolean ipv6, int port) {
    putHead(keys, Kind.NODE_PORT, number(protocol), port, ipv6 ? AF_INET6 : AF_INET);
    keys.putLong(0).putLong(0);
  }

  static void putNodeAddressKey(ByteBuffer keys, InetAddress address) {
    putHead(keys, Kind.NODE_ADDRESS, 0, 0, 0);
    AddressBytes.put(keys, address);
  }

  /** {@code number} is the index of a slot, or the id of a backend. */
  static void putBackendKey(ByteBuffer keys, Kind kind, int serviceId, int number) {
    putHead(keys, kind, 0, 0, serviceId);
    keys.putInt(number).putInt(0).putLong(0);
  }

  static void putService(
      ByteBuffer values, int serviceId, int backends, int affinitySeconds, int path) {
    values.putInt(serviceId).putInt(backends).putInt(affinitySeconds).putInt(path).putLong(0);
  }

  static void putBackend(ByteBuffer values, InetSocketAddress address, int backendId) {
    AddressBytes.put(values, address.getAddress());
    values.putInt(backendId);
    putPort(values, address.getPort());
    values.putShort((short) 0);
  }

  /** A {@link Kind#NODE_ADDRESS} is there or isn't. */
  static void putNothing(ByteBuffer values) {
    values.putLong(0).putLong(0).putLong(0);
  }

  static void putPort(ByteBuffer to, int port) {
    to.put((byte) (port >> 8)).put((byte) port);
  }

  static int getPort(ByteBuffer from, int offset) {
    return ((from.get(offset) & 0xff) << 8) | (from.get(offset + 1) & 0xff);
  }

  static String protocolName(int protocol) {
    return protocol == IPPROTO_TCP
        ? "TCP"
        : protocol == IPPROTO_UDP ? "UDP" : "protocol " + protocol;
  }

  static boolean isIpv6(int addressFamily) {
    return addressFamily == AF_INET6;
  }

  static int number(TransportProtocol protocol) {
    return switch (protocol) {
      case TCP -> IPPROTO_TCP;
      case UDP -> IPPROTO_UDP;
      case SCTP ->
          throw new IllegalArgumentException(
              "a socket can't be load balanced by " + protocol + "; expected TCP or UDP");
    };
  }

  private static void putHead(ByteBuffer keys, Kind kind, int protocol, int port, int id) {
    keys.put(kind.number()).put((byte) protocol);
    putPort(keys, port);
    keys.putInt(id);
  }
}
