// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.netlink;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * One message behind its {@code struct nlmsghdr}; numbers are in the machine's order. See <a
 * href="https://man7.org/linux/man-pages/man7/netlink.7.html">netlink(7)</a>.
 *
 * @param type which one
 * @param sequence the request that it answers
 * @param payload what follows the header
 */
record NetlinkMessage(int type, int sequence, ByteBuffer payload) {
  static final int HEADER_BYTES = 16;

  static final int ERROR = 2;
  static final int DONE = 3;

  static final int FLAG_REQUEST = 1;
  static final int FLAG_ACK = 4;

  /** NLM_F_ROOT and NLM_F_MATCH: all that there are. */
  static final int FLAG_DUMP = 0x300;

  /** A request to the kernel. */
  static byte[] request(int type, int flags, int sequence, byte[] payload) {
    byte[] bytes = new byte[HEADER_BYTES + payload.length];
    ByteBuffer.wrap(bytes)
        .order(ByteOrder.nativeOrder())
        .putInt(bytes.length)
        .putShort((short) type)
        .putShort((short) (flags | FLAG_REQUEST))
        .putInt(sequence)
        .putInt(0)
        .put(payload);
    return bytes;
  }

  /**
   * Splits one datagram.
   *
   * @throws IOException if a length leads out of it
   */
  static List<NetlinkMessage> parse(byte[] datagram) throws IOException {
    ByteBuffer from = ByteBuffer.wrap(datagram).order(ByteOrder.nativeOrder());
    List<NetlinkMessage> messages = new ArrayList<>();
    int at = 0;
    while (datagram.length - at >= HEADER_BYTES) {
      int length = from.getInt(at);
      if (length < HEADER_BYTES || length > datagram.length - at) {
        throw new IOException(
            "reading a netlink message of %d bytes at %d of a datagram of %d: expected %d to %d"
                .formatted(length, at, datagram.length, HEADER_BYTES, datagram.length - at));
      }
      messages.add(
          new NetlinkMessage(
              from.getShort(at + 4) & 0xffff,
              from.getInt(at + 8),
              from.slice(at + HEADER_BYTES, length - HEADER_BYTES).order(ByteOrder.nativeOrder())));
      // Messages begin at multiples of four; the last one may end without its padding.
      at = (int) Math.min(((length + 3L) & ~3L) + at, datagram.length);
    }
    return messages;
  }

  /** True if nothing follows: the end of a list, an error or an acknowledgement. */
  boolean isLast() {
    return type == ERROR || type == DONE;
  }

  /**
   * The error, positive, that a last message carries; 0 for an acknowledgement and for a list that
   * was complete.
   *
   * @throws IOException if it is another message or too short
   */
  int errno() throws IOException {
    if (!isLast() || payload.limit() < Integer.BYTES) {
      throw new IOException(
          "reading a netlink message of type %d with %d bytes: expected an error (%d) of 4 or more"
              .formatted(type, payload.limit(), ERROR));
    }
    return -payload.getInt(0);
  }
}
