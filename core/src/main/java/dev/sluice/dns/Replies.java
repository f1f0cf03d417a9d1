// SPDX-License-Identifier: Apache-2.0
package dev.sluice.dns;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.List;

/** Makes the answers of our own, and cuts those of others that are too long. Stateless. */
final class Replies {
  /** As cluster name servers say it: clients ask again soon after a service has changed. */
  static final int TTL_SECONDS = 5;

  static final int TYPE_A = 1;
  static final int TYPE_AAAA = 28;
  static final int CLASS_INTERNET = 1;

  /** The largest answer by UDP that crosses networks whole; what we say of ourselves. */
  private static final int OWN_UDP_BYTES = 1232;

  /** A pointer to the name of the question, which always stands behind the header. */
  private static final short QUESTION_NAME = (short) (0xc000 | Header.BYTES);

  private static final int LONGEST_RECORD_BYTES = 12 + 16;
  private static final int OPT_BYTES = 11;
  private static final int DNSSEC_OK = 0x8000;

  private Replies() {}

  /**
   * The answer that the name has these addresses; with none, that it has no record of that type.
   *
   * @param limit the most bytes; if they don't do, the answer says so and has no record
   */
  static byte[] addresses(Query query, List<InetAddress> addresses, int limit) {
    byte[] whole = build(query, addresses, Rcode.NOERROR, Header.AUTHORITATIVE);
    return whole.length <= limit
        ? whole
        : build(query, List.of(), Rcode.NOERROR, Header.AUTHORITATIVE | Header.TRUNCATED);
  }

  /** The answer that there is none, for the reason given. */
  static byte[] failure(Query query, Rcode rcode) {
    return build(query, List.of(), rcode, 0);
  }

  /** The answer to a message that has a header and can't be understood otherwise. */
  static byte[] failure(byte[] message, Rcode rcode) {
    int kept = Header.flags(message) & (Header.OPCODE | Header.RECURSION_DESIRED);
    return ByteBuffer.allocate(Header.BYTES)
        .putShort((short) Header.id(message))
        .putShort((short) (Header.RESPONSE | kept | rcode.headerBits()))
        .array();
  }

  /**
   * A name server's {@code reply}, or, where it is over {@code limit} bytes, that the client must
   * ask again by TCP.
   */
  static byte[] fitted(Query query, byte[] reply, int limit) {
    return reply.length <= limit ? reply : build(query, List.of(), Rcode.NOERROR, Header.TRUNCATED);
  }

  private static byte[] build(
      Query query, List<InetAddress> addresses, Rcode rcode, int furtherFlags) {
    byte[] question = query.question();
    ByteBuffer reply =
        ByteBuffer.allocate(
            Header.BYTES + question.length + addresses.size() * LONGEST_RECORD_BYTES + OPT_BYTES);
    int kept = query.flags() & (Header.RECURSION_DESIRED | Header.CHECKING_DISABLED);
    reply
        .putShort((short) query.id())
        .putShort(
            (short)
                (Header.RESPONSE
                    | Header.RECURSION_AVAILABLE
                    | kept
                    | furtherFlags
                    | rcode.headerBits()))
        .putShort((short) 1)
        .putShort((short) addresses.size())
        .putShort((short) 0)
        .putShort((short) (query.edns().isPresent() ? 1 : 0))
        .put(question);
    addresses.forEach(address -> putAddress(reply, address));
    query.edns().ifPresent(edns -> putOpt(reply, rcode, edns));
    byte[] bytes = new byte[reply.position()];
    reply.flip().get(bytes);
    return bytes;
  }

  private static void putAddress(ByteBuffer reply, InetAddress address) {
    byte[] bytes = address.getAddress();
    reply
        .putShort(QUESTION_NAME)
        .putShort((short) (address instanceof Inet4Address ? TYPE_A : TYPE_AAAA))
        .putShort((short) CLASS_INTERNET)
        .putInt(TTL_SECONDS)
        .putShort((short) bytes.length)
        .put(bytes);
  }

  private static void putOpt(ByteBuffer reply, Rcode rcode, Edns edns) {
    reply
        .put((byte) 0)
        .putShort((short) Edns.TYPE)
        .putShort((short) OWN_UDP_BYTES)
        .put((byte) rcode.extendedBits())
        .put((byte) 0)
        .putShort((short) (edns.dnssecOk() ? DNSSEC_OK : 0))
        .putShort((short) 0);
  }
}
