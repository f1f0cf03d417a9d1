// SPDX-License-Identifier: Apache-2.0
package dev.sluice.dns;

/**
 * The fixed beginning of a DNS message (<a
 * href="https://datatracker.ietf.org/doc/html/rfc1035#section-4.1.1">RFC 1035 section 4.1.1</a>),
 * by offsets. Every message given here has {@link #BYTES} at least. Stateless.
 */
final class Header {
  static final int BYTES = 12;

  static final int RESPONSE = 0x8000;
  static final int OPCODE = 0x7800;
  static final int AUTHORITATIVE = 0x0400;
  static final int TRUNCATED = 0x0200;
  static final int RECURSION_DESIRED = 0x0100;
  static final int RECURSION_AVAILABLE = 0x0080;
  static final int CHECKING_DISABLED = 0x0010;
  private static final int RCODE = 0x000f;

  private static final int FLAGS_AT = 2;
  private static final int QUESTIONS_AT = 4;

  private Header() {}

  static int id(byte[] message) {
    return unsignedShort(message, 0);
  }

  static void setId(byte[] message, int id) {
    putShort(message, 0, id);
  }

  static int flags(byte[] message) {
    return unsignedShort(message, FLAGS_AT);
  }

  static Rcode rcode(byte[] message) {
    return Rcode.of(flags(message) & RCODE);
  }

  static int questions(byte[] message) {
    return unsignedShort(message, QUESTIONS_AT);
  }

  static int answers(byte[] message) {
    return unsignedShort(message, 6);
  }

  static int authorities(byte[] message) {
    return unsignedShort(message, 8);
  }

  static int additions(byte[] message) {
    return unsignedShort(message, 10);
  }

  static int unsignedShort(byte[] message, int offset) {
    return (message[offset] & 0xff) << 8 | (message[offset + 1] & 0xff);
  }

  private static void putShort(byte[] message, int offset, int value) {
    message[offset] = (byte) (value >> 8);
    message[offset + 1] = (byte) value;
  }
}
