// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.netlink;

import java.nio.ByteBuffer;
import java.util.function.Consumer;

/**
 * The table that has first packets traced, as one batch of nf_tables. It decides nothing: every
 * chain accepts, which for netfilter means that the next chain decides. Its owner is the socket
 * that makes it ({@code NFT_TABLE_F_OWNER}, Linux 5.12): when that closes, whatever closes it, the
 * kernel removes the table. Stateless.
 */
final class TraceTable {
  /** Sees packets before any other chain, and has them traced. */
  static final String FIRST = "_first";

  /** Sees packets after every other chain of the hook: what came of translations is in them. */
  static final String LAST = "_last";

  private static final int BATCH_BEGIN = 0x10;
  private static final int BATCH_END = 0x11;
  private static final int SUBSYSTEM = 10;
  private static final int NEW_TABLE = SUBSYSTEM << 8;
  private static final int NEW_CHAIN = SUBSYSTEM << 8 | 3;
  private static final int NEW_RULE = SUBSYSTEM << 8 | 6;

  private static final int FLAG_CREATE = 0x400;
  private static final int FLAG_APPEND = 0x800;
  private static final int OWNER = 2;

  private static final int INET = 1;
  private static final int PREROUTING = 0;
  private static final int INPUT = 1;
  private static final int OUTPUT = 3;
  private static final int POSTROUTING = 4;

  private static final int REGISTER = 1;
  private static final int META_NFTRACE = 12;
  private static final int META_PROTOCOL = 16;
  private static final int TRANSPORT_HEADER = 2;
  private static final int TCP_FLAGS = 13;
  private static final byte TCP = 6;
  private static final byte UDP = 17;
  private static final byte SYN = 2;
  private static final byte SYN_ACK = 0x12;

  private TraceTable() {}

  /**
   * The whole batch, to be sent at once. The kernel answers what it refuses, and acknowledges the
   * last rule.
   */
  static byte[] batch(String table, SocketProtocol protocol, int sequence) {
    ByteBuffer bytes = ByteBuffer.allocate(8 << 10);
    bytes.put(message(BATCH_BEGIN, 0, sequence, new byte[] {0, 0, 0, SUBSYSTEM}, new Attributes()));
    bytes.put(
        inet(NEW_TABLE, FLAG_CREATE, sequence, new Attributes().text(1, table).number(2, OWNER)));
    addChain(bytes, table, "prerouting", PREROUTING, sequence, true);
    addChain(bytes, table, "output", OUTPUT, sequence, true);
    addChain(bytes, table, "input", INPUT, sequence, false);
    addChain(bytes, table, "postrouting", POSTROUTING, sequence, false);
    addRule(bytes, table, "prerouting" + FIRST, protocol, sequence, 0);
    addRule(bytes, table, "output" + FIRST, protocol, sequence, NetlinkMessage.FLAG_ACK);
    bytes.put(message(BATCH_END, 0, sequence, new byte[] {0, 0, 0, SUBSYSTEM}, new Attributes()));
    byte[] batch = new byte[bytes.position()];
    bytes.get(0, batch);
    return batch;
  }

  private static void addChain(
      ByteBuffer to, String table, String name, int hook, int sequence, boolean withFirst) {
    if (withFirst) {
      to.put(chain(table, name + FIRST, hook, Integer.MIN_VALUE, sequence));
    }
    to.put(chain(table, name + LAST, hook, Integer.MAX_VALUE, sequence));
  }

  private static byte[] chain(String table, String name, int hook, int priority, int sequence) {
    return inet(
        NEW_CHAIN,
        FLAG_CREATE,
        sequence,
        new Attributes()
            .text(1, table)
            .text(3, name)
            .nested(4, place -> place.number(1, hook).number(2, priority))
            .text(7, "filter"));
  }

  private static void addRule(
      ByteBuffer to, String table, String chain, SocketProtocol protocol, int sequence, int flags) {
    Consumer<Attributes> expressions =
        switch (protocol) {
          case TCP -> TraceTable::firstOfTcp;
          case UDP -> rule -> protocolIs(rule, UDP);
        };
    to.put(
        inet(
            NEW_RULE,
            FLAG_CREATE | FLAG_APPEND | flags,
            sequence,
            new Attributes()
                .text(1, table)
                .text(2, chain)
                .nested(
                    4,
                    rule -> {
                      expressions.accept(rule);
                      trace(rule);
                    })));
  }

  /** {@code meta l4proto tcp tcp flags & (syn | ack) == syn}. */
  private static void firstOfTcp(Attributes rule) {
    protocolIs(rule, TCP);
    expression(
        rule,
        "payload",
        data ->
            data.number(1, REGISTER).number(2, TRANSPORT_HEADER).number(3, TCP_FLAGS).number(4, 1));
    expression(
        rule,
        "bitwise",
        data -> {
          data.number(1, REGISTER).number(2, REGISTER).number(3, 1);
          data.nested(4, mask -> mask.raw(1, new byte[] {SYN_ACK}));
          data.nested(5, xor -> xor.raw(1, new byte[] {0}));
        });
    equal(rule, SYN);
  }

  private static void protocolIs(Attributes rule, byte protocol) {
    expression(rule, "meta", data -> data.number(1, REGISTER).number(2, META_PROTOCOL));
    equal(rule, protocol);
  }

  private static void equal(Attributes rule, byte value) {
    expression(
        rule,
        "cmp",
        data ->
            data.number(1, REGISTER)
                .number(2, 0)
                .nested(3, right -> right.raw(1, new byte[] {value})));
  }

  /** {@code meta nftrace set 1}. */
  private static void trace(Attributes rule) {
    expression(
        rule,
        "immediate",
        data -> data.number(1, REGISTER).nested(2, value -> value.raw(1, new byte[] {1})));
    expression(rule, "meta", data -> data.number(2, META_NFTRACE).number(3, REGISTER));
  }

  private static void expression(Attributes rule, String name, Consumer<Attributes> data) {
    rule.nested(1, element -> element.text(1, name).nested(2, data));
  }

  private static byte[] inet(int type, int flags, int sequence, Attributes content) {
    return message(type, flags, sequence, new byte[] {INET, 0, 0, 0}, content);
  }

  /** With {@code struct nfgenmsg} before the attributes. */
  private static byte[] message(
      int type, int flags, int sequence, byte[] head, Attributes content) {
    byte[] attributes = content.toBytes();
    byte[] payload = new byte[head.length + attributes.length];
    System.arraycopy(head, 0, payload, 0, head.length);
    System.arraycopy(attributes, 0, payload, head.length, attributes.length);
    return NetlinkMessage.request(type, flags, sequence, payload);
  }
}
