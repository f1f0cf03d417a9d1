// SPDX-License-Identifier: Apache-2.0
package dev.sluice.dns;

import java.util.Locale;

/**
 * Reads the parts of a DNS message that a forwarder looks at, front to back (<a
 * href="https://datatracker.ietf.org/doc/html/rfc1035#section-4.1">RFC 1035 section 4.1</a>). Never
 * reads beyond the end. Confined to one thread.
 */
final class MessageReader {
  private static final int POINTER = 0xc0;
  private static final int MOST_NAME_BYTES = 255;

  private final byte[] message;
  private int position;

  MessageReader(byte[] message, int position) {
    this.message = message;
    this.position = position;
  }

  /** The offset of the next byte. */
  int position() {
    return position;
  }

  int unsignedByte() throws MalformedMessageException {
    require(1);
    return message[position++] & 0xff;
  }

  int unsignedShort() throws MalformedMessageException {
    require(2);
    int value = Header.unsignedShort(message, position);
    position += 2;
    return value;
  }

  void skip(int bytes) throws MalformedMessageException {
    require(bytes);
    position += bytes;
  }

  /**
   * A name that is not abbreviated, without the last dot, in small letters, with every byte but
   * letters, digits, hyphen and underscore as {@code \DDD}: a dot inside of a label separates
   * nothing, and nothing can forge a line of a log.
   */
  String name() throws MalformedMessageException {
    StringBuilder text = new StringBuilder();
    int begin = position;
    int length = unsignedByte();
    while (length != 0) {
      if ((length & POINTER) != 0) {
        throw new MalformedMessageException("a question's name is abbreviated");
      }
      require(length);
      if (!text.isEmpty()) {
        text.append('.');
      }
      for (int i = 0; i < length; i++) {
        append(message[position++] & 0xff, text);
      }
      length = unsignedByte();
      if (position - begin > MOST_NAME_BYTES) {
        throw new MalformedMessageException("a name has over 255 bytes");
      }
    }
    return text.toString().toLowerCase(Locale.ROOT);
  }

  private static void append(int octet, StringBuilder text) {
    boolean plain =
        (octet >= 'a' && octet <= 'z')
            || (octet >= 'A' && octet <= 'Z')
            || (octet >= '0' && octet <= '9')
            || octet == '-'
            || octet == '_';
    if (plain) {
      text.append((char) octet);
    } else {
      text.append('\\').append(octet / 100).append(octet / 10 % 10).append(octet % 10);
    }
  }

  /**
   * Passes over a name, abbreviated or not.
   *
   * @return whether it is the root
   */
  boolean skipName() throws MalformedMessageException {
    int begin = position;
    int length = unsignedByte();
    while (length != 0) {
      if ((length & POINTER) == POINTER) {
        skip(1);
        return false;
      }
      if ((length & POINTER) != 0) {
        throw new MalformedMessageException("a label is of no known kind");
      }
      skip(length);
      length = unsignedByte();
    }
    return position - begin == 1;
  }

  private void require(int bytes) throws MalformedMessageException {
    if (bytes > message.length - position) {
      throw new MalformedMessageException("the message ends too early");
    }
  }
}
