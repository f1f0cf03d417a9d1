// SPDX-License-Identifier: Apache-2.0
package dev.sluice.dns;

import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** DNS messages as a client makes and reads them, written without the code under test. */
final class Wire {
  static final int A = 1;
  static final int TXT = 16;
  static final int AAAA = 28;

  private Wire() {}

  /** A query with recursion desired and no OPT record. */
  static byte[] query(int id, String name, int type) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    shorts(out, id, 0x0100, 1, 0, 0, 0);
    name(out, name);
    shorts(out, type, 1);
    return out.toByteArray();
  }

  /** The same with an OPT record. */
  static byte[] query(int id, String name, int type, int udpBytes, int version) {
    byte[] plain = query(id, name, type);
    plain[11] = 1;
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(plain);
    out.write(0);
    shorts(out, 41, udpBytes, version, 0x8000, 0);
    return out.toByteArray();
  }

  /** An answer to {@code query} with {@code bytes} bytes in one TXT record. */
  static byte[] reply(byte[] query, int rcode, int bytes) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    shorts(out, number(query, 0), 0x8180 | rcode, 1, bytes > 0 ? 1 : 0, 0, 0);
    int end = 12;
    while (query[end] != 0) {
      end += query[end] + 1;
    }
    out.write(query, 12, end + 5 - 12);
    if (bytes > 0) {
      shorts(out, 0xc00c, TXT, 1, 0, 60, bytes);
      out.writeBytes(new byte[bytes]);
    }
    return out.toByteArray();
  }

  /**
   * What a client looks at.
   *
   * @param bytes of the whole message
   * @param edns the size and the extended code of the OPT record, -1 without one
   */
  record Answer(int id, int flags, String question, List<String> addresses, int bytes, Opt edns) {
    record Opt(int udpBytes, int extendedRcode, int flags) {}

    int rcode() {
      return flags & 0xf;
    }

    boolean truncated() {
      return (flags & 0x0200) != 0;
    }
  }

  static Answer read(byte[] message) throws UnknownHostException {
    int at = 12;
    StringBuilder question = new StringBuilder();
    for (int i = 0; i < number(message, 4); i++) {
      while (message[at] != 0) {
        question.append(new String(message, at + 1, message[at], StandardCharsets.ISO_8859_1));
        question.append('.');
        at += message[at] + 1;
      }
      at += 5;
    }
    List<String> addresses = new ArrayList<>();
    Answer.Opt opt = new Answer.Opt(-1, -1, -1);
    for (int i = 0; i < number(message, 6) + number(message, 10); i++) {
      at += message[at] == 0 ? 1 : 2;
      int type = number(message, at);
      int length = number(message, at + 8);
      if (type == 41) {
        opt = new Answer.Opt(number(message, at + 2), message[at + 4], number(message, at + 6));
      } else if (type != TXT) {
        byte[] address = Arrays.copyOfRange(message, at + 10, at + 10 + length);
        addresses.add(InetAddress.getByAddress(address).getHostAddress());
      }
      at += 10 + length;
    }
    return new Answer(
        number(message, 0),
        number(message, 2),
        question.toString(),
        addresses,
        message.length,
        opt);
  }

  static int number(byte[] message, int at) {
    return (message[at] & 0xff) << 8 | (message[at + 1] & 0xff);
  }

  private static void name(ByteArrayOutputStream out, String name) {
    for (String label : name.split("\\.", -1)) {
      out.write(label.length());
      out.writeBytes(label.getBytes(StandardCharsets.ISO_8859_1));
    }
    out.write(0);
  }

  private static void shorts(ByteArrayOutputStream out, int... values) {
    for (int value : values) {
      out.write(value >> 8);
      out.write(value);
    }
  }
}
