// SPDX-License-Identifier: Apache-2.0
package dev.sluice.socketlb;

import dev.sluice.linux.bpf.BpfCollection;
import dev.sluice.linux.bpf.BpfIterator;
import dev.sluice.linux.bpf.BpfMap;
import dev.sluice.linux.bpf.BpfObjects;
import dev.sluice.linux.bpf.LoadOptions;
import dev.sluice.linux.netlink.SocketId;
import dev.sluice.linux.netlink.SocketProtocol;
import dev.sluice.linux.socket.AddressFamily;
import dev.sluice.linux.socket.TcpState;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The sockets that the load balancer has connected, of all network namespaces: an eBPF iterator
 * over its map {@code reverse}, see {@code reaper.bpf.c}. Unlike sock_diag it sees the storage of
 * UDP sockets too, and namespaces that have no name. Owns the iterator and borrows the map; blocks
 * its caller; thread-safe.
 */
final class SocketTable implements AutoCloseable {
  private static final String OBJECT = "reaper";
  private static final String PROGRAM = "sluice_lb_sockets";

  /** {@code sizeof(struct socket_record)}. */
  static final int RECORD_BYTES = 112;

  private final BpfIterator iterator;

  private SocketTable(BpfIterator iterator) {
    this.iterator = iterator;
  }

  /**
   * Loads the iterator; the kernel keeps it until this is closed.
   *
   * @param reverse the load balancer's map
   * @throws IOException if the kernel has no such iterator (Linux 5.12) or no type information
   *     (CONFIG_DEBUG_INFO_BTF), or privileges are missing
   */
  static SocketTable over(BpfMap reverse) throws IOException {
    try (BpfCollection loaded =
        BpfCollection.load(BpfObjects.parse(OBJECT), LoadOptions.everything())) {
      return new SocketTable(BpfIterator.over(loaded.program(PROGRAM), reverse));
    }
  }

  /** Every socket that was connected through a service and has not been closed. */
  List<SocketTableEntry> read() throws IOException {
    return decode(iterator.read());
  }

  @Override
  public void close() throws IOException {
    iterator.close();
  }

  static List<SocketTableEntry> decode(byte[] records) throws IOException {
    if (records.length % RECORD_BYTES != 0) {
      throw new IOException(
          "reading the sockets of the load balancer: %d bytes, expected a multiple of %d"
              .formatted(records.length, RECORD_BYTES));
    }
    List<SocketTableEntry> sockets = new ArrayList<>();
    ByteBuffer from = TableLayout.over(records);
    while (from.hasRemaining()) {
      sockets.add(decode(from));
    }
    return sockets;
  }

  /** {@code struct socket_record}. */
  private static SocketTableEntry decode(ByteBuffer from) throws IOException {
    int start = from.position();
    long cookie = from.getLong();
    long inode = from.getLong();
    long namespace = Integer.toUnsignedLong(from.getInt());
    int interfaceIndex = from.getInt();
    InetSocketAddress local = address(from, start + 56);
    InetSocketAddress remote = address(from, start + 58);
    AddressFamily family = family(from.getShort(start + 60));
    SocketProtocol protocol = protocol(from.getShort(start + 62));
    TcpState state = TcpState.of(from.getInt(start + 64));
    from.position(start + 68);
    SocketTranslation translation = translation(from);
    from.position(start + RECORD_BYTES);
    return new SocketTableEntry(
        new SocketId(protocol, family, local, remote, interfaceIndex, cookie),
        state,
        namespace,
        inode,
        translation);
  }

  /** {@code struct translation}. */
  private static SocketTranslation translation(ByteBuffer from) {
    int ports = from.position() + 2 * AddressBytes.LENGTH;
    InetSocketAddress service = address(from, ports);
    InetSocketAddress backend = address(from, ports + 2);
    return new SocketTranslation(service, from.getInt(ports + 4), backend, from.getInt(ports + 8));
  }

  private static InetSocketAddress address(ByteBuffer from, int portOffset) {
    return new InetSocketAddress(AddressBytes.get(from), TableLayout.getPort(from, portOffset));
  }

  private static AddressFamily family(int number) throws IOException {
    for (AddressFamily family : AddressFamily.values()) {
      if (family.number() == number) {
        return family;
      }
    }
    throw new IOException(
        "reading a socket of the load balancer: family %d, expected AF_INET (2) or AF_INET6 (10)"
            .formatted(number));
  }

  private static SocketProtocol protocol(int number) throws IOException {
    for (SocketProtocol protocol : SocketProtocol.values()) {
      if (protocol.number() == number) {
        return protocol;
      }
    }
    throw new IOException(
        "reading a socket of the load balancer: protocol %d, expected TCP (6) or UDP (17)"
            .formatted(number));
  }
}
