// SPDX-License-Identifier: Apache-2.0
package dev.sluice.socketlb;

import dev.sluice.linux.bpf.BpfCollection;
import dev.sluice.linux.bpf.BpfIterator;
import dev.sluice.linux.bpf.BpfMap;
import dev.sluice.linux.bpf.BpfObjects;
import dev.sluice.linux.bpf.LoadOptions;
import dev.sluice.linux.bpf.RingBuffer;
import dev.sluice.linux.bpf.spec.CollectionSpec;
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
 * its caller; confined to one thread.
 */
final class SocketTable implements AutoCloseable {
  private static final String OBJECT = "reaper";
  private static final String PROGRAM = "sluice_lb_sockets";
  private static final String RING = "sockets";

  /** {@code sizeof(struct socket_record)}. */
  static final int RECORD_BYTES = 112;

  /** A record has eight bytes more in the ring: room for 8,700 sockets. */
  private static final int FIRST_RING_BYTES = 1 << 20;

  /** Room for 4.4 million sockets. */
  private static final int MOST_RING_BYTES = 1 << 29;

  private final BpfMap reverse;
  private int ringBytes = FIRST_RING_BYTES;
  private Walk walk;

  private SocketTable(BpfMap reverse) throws IOException {
    this.reverse = reverse;
    this.walk = Walk.load(reverse, ringBytes);
  }

  /**
   * Loads the iterator; the kernel keeps it until this is closed.
   *
   * @param reverse the load balancer's map
   * @throws IOException if the kernel has no such iterator (Linux 5.12) or no type information
   *     (CONFIG_DEBUG_INFO_BTF), or privileges are missing
   */
  static SocketTable over(BpfMap reverse) throws IOException {
    return new SocketTable(reverse);
  }

  /** Every socket that was connected through a service and has not been closed: none is missed. */
  List<SocketTableEntry> read() throws IOException {
    List<SocketTableEntry> sockets = new ArrayList<>();
    while (!walk.isComplete(sockets)) {
      if (ringBytes == MOST_RING_BYTES) {
        throw new IOException(
            "listing the sockets of the load balancer: there are more than %d, expected fewer"
                .formatted(sockets.size()));
      }
      ringBytes *= 2;
      walk.close();
      walk = Walk.load(reverse, ringBytes);
      sockets.clear();
    }
    return sockets;
  }

  @Override
  public void close() throws IOException {
    walk.close();
  }

  /** The iterator with a ring of one size. */
  private record Walk(BpfCollection loaded, BpfIterator iterator, RingBuffer ring)
      implements AutoCloseable {
    static Walk load(BpfMap reverse, int ringBytes) throws IOException {
      CollectionSpec spec = BpfObjects.parse(OBJECT);
      spec.resize(RING, ringBytes);
      BpfCollection loaded = BpfCollection.load(spec, LoadOptions.everything());
      try {
        RingBuffer ring = RingBuffer.open(loaded.map(RING));
        try {
          return new Walk(loaded, BpfIterator.over(loaded.program(PROGRAM), reverse), ring);
        } catch (IOException e) {
          ring.close();
          throw e;
        }
      } catch (IOException e) {
        loaded.close();
        throw e;
      }
    }

    /** Adds all sockets; false if the ring was too small for them. */
    boolean isComplete(List<SocketTableEntry> sockets) throws IOException {
      int lost = iterator.read().length;
      List<byte[]> records = new ArrayList<>();
      ring.drain(records::add);
      for (byte[] record : records) {
        sockets.add(decode(record));
      }
      return lost == 0;
    }

    @Override
    public void close() throws IOException {
      ring.close();
      iterator.close();
      loaded.close();
    }
  }

  /** {@code struct socket_record}. */
  static SocketTableEntry decode(byte[] record) throws IOException {
    if (record.length != RECORD_BYTES) {
      throw new IOException(
          "reading a socket of the load balancer: %d bytes, expected %d"
              .formatted(record.length, RECORD_BYTES));
    }
    ByteBuffer from = TableLayout.over(record);
    long cookie = from.getLong();
    long inode = from.getLong();
    long namespace = Integer.toUnsignedLong(from.getInt());
    int interfaceIndex = from.getInt();
    InetSocketAddress local = address(from, 56);
    InetSocketAddress remote = address(from, 58);
    AddressFamily family = family(from.getShort(60));
    SocketProtocol protocol = protocol(from.getShort(62));
    TcpState state = TcpState.of(from.getInt(64));
    from.position(68);
    SocketTranslation translation = translation(from);
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
