// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.netlink;

import dev.sluice.linux.Errno;
import dev.sluice.linux.FileDescriptor;
import dev.sluice.linux.NativeBuffer;
import dev.sluice.linux.SyscallException;
import dev.sluice.linux.ffi.NetlinkCalls;
import dev.sluice.linux.ffi.PollCalls;
import dev.sluice.linux.socket.Sockets;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Nftables tracing of one network namespace, that of the thread which opens this: the first packet
 * of every connection, of both families, through every chain of nftables and of iptables' nft
 * variant. While it is open there is a table {@code inet sluice_trace_NUMBER}, which the kernel
 * removes as soon as this or the process ends, in whatever way. Needs CAP_NET_ADMIN and Linux 5.12.
 * Blocking; confined to one thread at a time. See {@code nft monitor trace} in <a
 * href="https://man7.org/linux/man-pages/man8/nft.8.html">nft(8)</a>.
 */
public final class PacketTrace implements AutoCloseable {
  /** What our own tables are called, before a number. */
  public static final String TABLE_PREFIX = "sluice_trace_";

  private static final int GROUP_NFTRACE = 9;
  private static final int MESSAGE_TRACE = 10 << 8 | 17;
  private static final int GENERIC_HEADER_BYTES = 4;
  private static final int BUFFER_BYTES = 64 << 10;
  private static final int ROOM_BYTES = 4 << 20;
  private static final int FIRST_SEQUENCE = 1;

  private final FileDescriptor owner;
  private final FileDescriptor reader;
  private final NativeBuffer buffer;
  private final String table;
  private long lost;

  private PacketTrace(
      FileDescriptor owner, FileDescriptor reader, NativeBuffer buffer, String table) {
    this.owner = owner;
    this.reader = reader;
    this.buffer = buffer;
    this.table = table;
  }

  /**
   * Begins to trace the first packets of that protocol: for TCP the SYN, for UDP every datagram.
   *
   * @throws SyscallException EPERM without CAP_NET_ADMIN; others if this kernel has no nftables or
   *     no tracing, or doesn't know tables that end with their maker
   */
  public static PacketTrace open(SocketProtocol protocol) throws IOException {
    FileDescriptor owner = netfilter();
    NativeBuffer buffer = NativeBuffer.allocate(BUFFER_BYTES);
    FileDescriptor reader = null;
    try {
      reader = netfilter();
      check(NetlinkCalls.receiveRoom(reader.number(), ROOM_BYTES), "setsockopt(SO_RCVBUFFORCE)");
      check(NetlinkCalls.bind(reader.number()), "bind(NETLINK_NETFILTER)");
      check(
          NetlinkCalls.join(reader.number(), GROUP_NFTRACE),
          "setsockopt(NETLINK_ADD_MEMBERSHIP, NFNLGRP_NFTRACE)");
      // The processes of two pods can have one number, and one process two traces.
      String table =
          TABLE_PREFIX
              + ProcessHandle.current().pid()
              + "_"
              + Long.toHexString(System.nanoTime() & 0xff_ffffL);
      PacketTrace trace = new PacketTrace(owner, reader, buffer, table);
      trace.makeTable(protocol);
      return trace;
    } catch (IOException | RuntimeException e) {
      buffer.close();
      owner.close();
      if (reader != null) {
        reader.close();
      }
      throw e;
    }
  }

  /** The name of the table that is there while this is open. */
  public String table() {
    return table;
  }

  /** True for the chain that sees packets before any other of its hook. */
  public static boolean isFirst(TraceMessage message) {
    return isOwn(message) && message.chain().endsWith(TraceTable.FIRST);
  }

  /** True for the chain that sees packets after every other of its hook. */
  public static boolean isLast(TraceMessage message) {
    return isOwn(message) && message.chain().endsWith(TraceTable.LAST);
  }

  /** True for a chain that some trace has made, not the host. */
  public static boolean isOwn(TraceMessage message) {
    return message.table().startsWith(TABLE_PREFIX);
  }

  /** Of a chain of our own: prerouting, input, output or postrouting. */
  public static String hook(TraceMessage own) {
    return own.chain().substring(0, own.chain().indexOf('_'));
  }

  /** How often the kernel had no room for messages; what it couldn't tell is missing. */
  public long lost() {
    return lost;
  }

  /**
   * What has arrived, in the kernel's order; still to be decoded, so that reading takes no time
   * that would show in the moments at which they came.
   *
   * @param timeoutMillis how long to wait for a first one; 0 for none
   * @return empty if there is none by then
   */
  public List<Arrival> read(int timeoutMillis) throws SyscallException {
    List<Arrival> arrivals = new ArrayList<>();
    int wait = timeoutMillis;
    while (isReadable(wait)) {
      wait = 0;
      int length = NetlinkCalls.receive(reader.number(), buffer.address(), buffer.capacity());
      if (Errno.ENOBUFS.returnedBy(length)) {
        lost++;
        continue;
      }
      check(length, "recv(NETLINK_NETFILTER)");
      long now = System.nanoTime();
      arrivals.add(new Arrival(buffer.get(0, Math.min(length, buffer.capacity())), now));
    }
    return arrivals;
  }

  /** A datagram of the kernel's, and when it was read. Immutable. */
  public static final class Arrival {
    private final byte[] datagram;
    private final long readAtNanos;

    Arrival(byte[] datagram, long readAtNanos) {
      this.datagram = datagram;
      this.readAtNanos = readAtNanos;
    }

    /**
     * The messages in it.
     *
     * @throws IOException if it is not as the kernel writes it
     */
    public List<TraceMessage> decode() throws IOException {
      List<TraceMessage> messages = new ArrayList<>();
      for (NetlinkMessage message : NetlinkMessage.parse(datagram)) {
        ByteBuffer payload = message.payload();
        if (message.type() == MESSAGE_TRACE && payload.limit() > GENERIC_HEADER_BYTES) {
          ByteBuffer attributes =
              payload.slice(GENERIC_HEADER_BYTES, payload.limit() - GENERIC_HEADER_BYTES);
          messages.add(TraceCodec.read(payload.get(0) & 0xff, attributes, readAtNanos));
        }
      }
      return messages;
    }
  }

  /** Traces no more and takes the table away; idempotent. */
  @Override
  public void close() throws SyscallException {
    buffer.close();
    reader.close();
    owner.close();
  }

  private void makeTable(SocketProtocol protocol) throws IOException {
    byte[] batch = TraceTable.batch(table, protocol, FIRST_SEQUENCE);
    buffer.put(0, batch);
    check(Sockets.write(owner.number(), buffer.address(), batch.length), "send(NETLINK_NETFILTER)");
    while (true) {
      int length = NetlinkCalls.receive(owner.number(), buffer.address(), buffer.capacity());
      check(length, "recv(NETLINK_NETFILTER)");
      byte[] datagram = buffer.get(0, Math.min(length, buffer.capacity()));
      boolean acknowledged = false;
      for (NetlinkMessage message : NetlinkMessage.parse(datagram)) {
        if (message.isLast() && message.errno() != 0) {
          throw refused(message.errno());
        }
        acknowledged |= message.isLast();
      }
      if (acknowledged) {
        return;
      }
    }
  }

  private SyscallException refused(int errno) {
    String hint =
        switch (Errno.of(errno)) {
          case EPERM -> "needs CAP_NET_ADMIN";
          case EOPNOTSUPP, EINVAL -> "expected Linux 5.12 or later with nftables of family inet";
          case null, default -> "";
        };
    return new SyscallException("nfnetlink(NFT_MSG_NEWTABLE)", errno, "of inet " + table, hint);
  }

  private boolean isReadable(int timeoutMillis) throws SyscallException {
    int ready = PollCalls.awaitReadable(reader.number(), timeoutMillis);
    if (Errno.EINTR.returnedBy(ready)) {
      return false;
    }
    check(ready, "poll");
    return ready > 0;
  }

  private static FileDescriptor netfilter() throws SyscallException {
    int result = NetlinkCalls.openNetfilter();
    if (result < 0) {
      throw new SyscallException(
          "socket(NETLINK_NETFILTER)",
          -result,
          "to trace packets",
          Errno.EPROTONOSUPPORT.returnedBy(result)
              ? "this kernel has no nfnetlink (CONFIG_NETFILTER_NETLINK)"
              : "");
    }
    return FileDescriptor.owning(result);
  }

  private static void check(int result, String call) throws SyscallException {
    if (result < 0) {
      throw new SyscallException(
          call,
          -result,
          "to trace packets",
          Errno.EPERM.returnedBy(result) ? "needs CAP_NET_ADMIN" : "");
    }
  }
}
