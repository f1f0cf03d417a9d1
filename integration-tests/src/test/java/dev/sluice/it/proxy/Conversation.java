// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.proxy;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/** What a client and a server of a soak do with one connection, each in a blocking call. */
enum Conversation {
  /** A small request, its answer, and the client resets. */
  REQUEST('q', "downstream_reset", 64, 64),
  /** The client ends its half first, the server answers and closes. */
  HALF_CLOSE('h', "closed", 64, 64),
  /** The server resets after its answer. */
  SERVER_RESET('r', "upstream_reset", 64, 64),
  /** Enough bytes in both directions for a pipe each. */
  BULK('b', "closed", 2 << 20, 2 << 20),
  /** A service that a policy denies to everybody. */
  DENIED('d', "policy_denied", 0, 0),
  /** Nobody listens there. */
  REFUSED('x', "upstream_refused", 0, 0);

  /** How often each comes among a hundred. */
  private static final Conversation[] MIX = mix();

  private final byte code;
  private final String outcome;
  private final int there;
  private final int back;

  Conversation(char code, String outcome, int there, int back) {
    this.code = (byte) code;
    this.outcome = outcome;
    this.there = there;
    this.back = back;
  }

  /** How the proxy counts it. */
  String outcome() {
    return outcome;
  }

  int bytesThere() {
    return there;
  }

  int bytesBack() {
    return back;
  }

  /** The one that connection {@code number} is. */
  static Conversation of(int number) {
    return MIX[number % MIX.length];
  }

  private static Conversation[] mix() {
    Conversation[] mix = new Conversation[100];
    for (int i = 0; i < mix.length; i++) {
      // 37 and 100 have no common divisor: every place is taken once, and none beside its like.
      mix[i * 37 % mix.length] = place(i);
    }
    return mix;
  }

  private static Conversation place(int i) {
    if (i < 1) {
      return BULK;
    }
    if (i < 9) {
      return DENIED;
    }
    if (i < 17) {
      return REFUSED;
    }
    if (i < 27) {
      return SERVER_RESET;
    }
    return i < 50 ? HALF_CLOSE : REQUEST;
  }

  /** Whether the proxy resets it as soon as it has accepted. */
  boolean isResetAtOnce() {
    return this == DENIED || this == REFUSED;
  }

  /** The client's side; the channel is closed afterwards, or an exception says what went wrong. */
  void speak(SocketChannel channel, ByteBuffer buffer) throws IOException {
    switch (this) {
      case DENIED, REFUSED -> expectReset(channel, buffer);
      case REQUEST -> {
        send(this, channel, buffer, there);
        receive(channel, buffer, back);
        channel.setOption(StandardSocketOptions.SO_LINGER, 0);
      }
      case HALF_CLOSE, BULK -> {
        send(this, channel, buffer, there);
        channel.shutdownOutput();
        receive(channel, buffer, back);
        if (channel.read(buffer.clear()) >= 0) {
          throw new IOException(this + ": more than the answer came");
        }
      }
      case SERVER_RESET -> {
        send(this, channel, buffer, there);
        receive(channel, buffer, back);
        expectReset(channel, buffer);
      }
    }
  }

  /** The server's side of whichever conversation the first byte names. */
  static void answer(SocketChannel channel, ByteBuffer buffer) throws IOException {
    buffer.clear().limit(1);
    if (channel.read(buffer) != 1) {
      throw new IOException("a connection ended without a byte");
    }
    Conversation which = named(buffer.get(0));
    receive(channel, buffer, which.there - 1);
    if (which != SERVER_RESET && which != REQUEST && channel.read(buffer.clear()) >= 0) {
      throw new IOException(which + ": more than the question came");
    }
    send(which, channel, buffer, which.back);
    switch (which) {
      case SERVER_RESET -> channel.setOption(StandardSocketOptions.SO_LINGER, 0);
      case REQUEST -> expectReset(channel, buffer);
      default -> {}
    }
  }

  private static Conversation named(byte code) throws IOException {
    for (Conversation conversation : values()) {
      if (conversation.code == code) {
        return conversation;
      }
    }
    throw new IOException("no conversation begins with the byte " + code);
  }

  /** The first of {@code count} bytes names the conversation. */
  private static void send(Conversation which, SocketChannel channel, ByteBuffer buffer, int count)
      throws IOException {
    int left = count;
    while (left > 0) {
      buffer.clear().limit(Math.min(left, buffer.capacity()));
      buffer.put(0, which.code);
      left -= buffer.remaining();
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
    }
  }

  private static void receive(SocketChannel channel, ByteBuffer buffer, int count)
      throws IOException {
    int left = count;
    while (left > 0) {
      buffer.clear().limit(Math.min(left, buffer.capacity()));
      int some = channel.read(buffer);
      if (some < 0) {
        throw new IOException("the stream ended " + left + " bytes before it should");
      }
      left -= some;
    }
  }

  private static void expectReset(SocketChannel channel, ByteBuffer buffer) throws IOException {
    try {
      int count = channel.read(buffer.clear());
      throw new IOException("expected a reset, and read " + count);
    } catch (IOException e) {
      if (!String.valueOf(e.getMessage()).contains("reset")) {
        throw e;
      }
    }
  }
}
