// SPDX-License-Identifier: Apache-2.0
package dev.sluice.dns;

import java.util.Arrays;
import java.util.Optional;

/** A query with one question, as a client sent it. Immutable as long as nobody writes the bytes. */
final class Query {
  /** What fits every client by UDP (RFC 1035 section 4.2.1). */
  private static final int LEAST_UDP_BYTES = 512;

  private static final int FIXED_RECORD_BYTES = 10;

  private final byte[] message;
  private final String name;
  private final int type;
  private final int dnsClass;
  private final int questionEnd;
  private final Optional<Edns> edns;

  private Query(byte[] message) throws MalformedMessageException {
    if (Header.questions(message) != 1) {
      throw new MalformedMessageException("a query has one question");
    }
    MessageReader reader = new MessageReader(message, Header.BYTES);
    this.message = message;
    this.name = reader.name();
    this.type = reader.unsignedShort();
    this.dnsClass = reader.unsignedShort();
    this.questionEnd = reader.position();
    int others = Header.answers(message) + Header.authorities(message);
    for (int i = 0; i < others; i++) {
      skipRecord(reader);
    }
    this.edns = findEdns(reader, Header.additions(message));
  }

  /**
   * Reads a message that is a query by its header.
   *
   * @throws MalformedMessageException if it has not exactly one question, ends too early, or has
   *     two OPT records
   */
  static Query parse(byte[] message) throws MalformedMessageException {
    return new Query(message);
  }

  private static Optional<Edns> findEdns(MessageReader reader, int records)
      throws MalformedMessageException {
    Optional<Edns> found = Optional.empty();
    for (int i = 0; i < records; i++) {
      boolean root = reader.skipName();
      int recordType = reader.unsignedShort();
      int size = reader.unsignedShort();
      reader.skip(1);
      int version = reader.unsignedByte();
      int flags = reader.unsignedShort();
      reader.skip(reader.unsignedShort());
      if (recordType == Edns.TYPE) {
        if (!root || found.isPresent()) {
          throw new MalformedMessageException("a query has one OPT record at most, of the root");
        }
        found = Optional.of(new Edns(size, version, (flags & 0x8000) != 0));
      }
    }
    return found;
  }

  private static void skipRecord(MessageReader reader) throws MalformedMessageException {
    reader.skipName();
    reader.skip(FIXED_RECORD_BYTES - 2);
    reader.skip(reader.unsignedShort());
  }

  /** The name in small letters without the last dot; see {@link MessageReader#name()}. */
  String name() {
    return name;
  }

  /** What is asked for, such as 1 for A. */
  int type() {
    return type;
  }

  /** 1 is the Internet. */
  int dnsClass() {
    return dnsClass;
  }

  /** The OPT record, if there is one. */
  Optional<Edns> edns() {
    return edns;
  }

  int id() {
    return Header.id(message);
  }

  int flags() {
    return Header.flags(message);
  }

  /** A copy of the whole message under another id. */
  byte[] withId(int id) {
    byte[] copy = message.clone();
    Header.setId(copy, id);
    return copy;
  }

  /** A copy of the question's bytes, the name in the client's own spelling. */
  byte[] question() {
    return Arrays.copyOfRange(message, Header.BYTES, questionEnd);
  }

  /** The largest answer that the client takes by UDP, in bytes. */
  int udpLimit() {
    return Math.max(LEAST_UDP_BYTES, edns.map(Edns::udpBytes).orElse(0));
  }

  /**
   * Whether {@code message} answers this query under {@code id}. Servers that can't read a question
   * may leave it out where they report an error. The letters' case may differ.
   */
  boolean isAnsweredBy(byte[] reply, int id) {
    if (reply.length < Header.BYTES
        || Header.id(reply) != id
        || (Header.flags(reply) & (Header.RESPONSE | Header.OPCODE)) != Header.RESPONSE) {
      return false;
    }
    if (Header.questions(reply) == 0) {
      return Header.rcode(reply) != Rcode.NOERROR && Header.rcode(reply) != Rcode.NXDOMAIN;
    }
    try {
      MessageReader reader = new MessageReader(reply, Header.BYTES);
      return Header.questions(reply) == 1
          && reader.name().equals(name)
          && reader.unsignedShort() == type
          && reader.unsignedShort() == dnsClass;
    } catch (MalformedMessageException e) {
      return false;
    }
  }
}
