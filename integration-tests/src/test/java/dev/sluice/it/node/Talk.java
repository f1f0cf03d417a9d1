// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.node;

import dev.sluice.linux.socket.AddressFamily;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A client's connection from a pod to a server that echoes. */
final class Talk implements AutoCloseable {
  private static final int PATIENCE_MILLIS = 10_000;
  private static final int MOMENT_MILLIS = 500;
  private static final byte[] WORDS = "how do you do?".getBytes(StandardCharsets.US_ASCII);

  private final SocketChannel channel;
  private final Socket socket;

  /** How often something was said whose answer nobody has read yet. */
  private int unanswered;

  private Talk(SocketChannel channel) throws IOException {
    this.channel = channel;
    this.socket = channel.socket();
  }

  /** Connects; what is intercepted connects to the proxy, whatever lies behind it. */
  static Talk connect(NodeWorld world, int pod, AddressFamily family, InetSocketAddress server)
      throws Exception {
    SocketChannel channel =
        world.inside(pod, () -> SocketChannel.open(EchoServer.protocol(family)));
    try {
      Talk talk = new Talk(channel);
      talk.socket.setSoTimeout(PATIENCE_MILLIS);
      talk.socket.connect(server, PATIENCE_MILLIS);
      return talk;
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  /** Whether what is said comes back; false if the connection was reset or ended. */
  boolean echoes() throws IOException {
    try {
      socket.getOutputStream().write(WORDS);
      boolean heard = true;
      for (; heard && unanswered >= 0; unanswered--) {
        heard = Arrays.equals(socket.getInputStream().readNBytes(WORDS.length), WORDS);
      }
      unanswered = 0;
      return heard;
    } catch (SocketTimeoutException e) {
      throw e;
    } catch (IOException e) {
      return false;
    }
  }

  /** Whether anything comes back at once. */
  boolean isAnswered() throws IOException {
    socket.setSoTimeout(MOMENT_MILLIS);
    try {
      socket.getOutputStream().write(WORDS);
      return socket.getInputStream().read() >= 0;
    } catch (SocketTimeoutException e) {
      unanswered++;
      return false;
    } finally {
      socket.setSoTimeout(PATIENCE_MILLIS);
    }
  }

  int localPort() {
    return socket.getLocalPort();
  }

  /** Closes it in the middle of a test. */
  void hangUp() throws IOException {
    channel.close();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
