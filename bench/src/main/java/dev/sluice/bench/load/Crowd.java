// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.load;

import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Requests by turns over many open connections. As many are under way at any time whatever the
 * number of connections is, so that nothing but that number differs. One thread does all of it.
 */
final class Crowd {
  /** Fewer than the smallest crowd has connections. */
  private static final int UNDER_WAY = 8;

  private final Selector selector;
  private final SelectionKey[] connections;
  private final int[] missing;
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(IdleConnections.MOST_ANSWER);
  private final int answerBytes;
  private int next;
  private int active;

  private Crowd(List<SocketChannel> open) throws IOException {
    this.selector = Selector.open();
    this.connections = new SelectionKey[open.size()];
    this.missing = new int[open.size()];
    this.answerBytes = lengthOfAnswer(open.getFirst());
    for (int i = 0; i < connections.length; i++) {
      SocketChannel channel = open.get(i);
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      channel.configureBlocking(false);
      connections[i] = channel.register(selector, SelectionKey.OP_READ, i);
    }
  }

  /**
   * Opens {@code count} connections, prints their number, and then for each line of standard input,
   * which says for how many milliseconds and on how many of them, asks for that long and prints how
   * many answers came.
   */
  static void run(InetSocketAddress from, InetSocketAddress to, int count) throws IOException {
    Crowd crowd = new Crowd(IdleConnections.open(from, to, count));
    System.out.println(count);
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      String[] words = line.split(" ", 2);
      crowd.active = Integer.parseInt(words[1]);
      System.out.println("answers " + crowd.ask(Long.parseLong(words[0]) * 1_000_000));
    }
  }

  private int lengthOfAnswer(SocketChannel channel) throws IOException {
    channel.write(ByteBuffer.wrap(IdleConnections.REQUEST));
    ByteBuffer answer = ByteBuffer.allocate(IdleConnections.MOST_ANSWER);
    while (!StandardCharsets.US_ASCII
        .decode(answer.duplicate().flip())
        .toString()
        .contains("\r\n\r\n")) {
      if (channel.read(answer) < 0) {
        throw new EOFException("the server ended the stream");
      }
    }
    return answer.position();
  }

  private long ask(long nanos) throws IOException {
    long end = System.nanoTime() + nanos;
    next %= active;
    for (int i = 0; i < UNDER_WAY; i++) {
      askNext();
    }
    int underWay = UNDER_WAY;
    long answers = 0;
    while (underWay > 0) {
      selector.select();
      for (SelectionKey key : selector.selectedKeys()) {
        if (isAnswered(key)) {
          answers++;
          if (System.nanoTime() < end) {
            askNext();
          } else {
            underWay--;
          }
        }
      }
      selector.selectedKeys().clear();
    }
    return answers;
  }

  /** On the one that has waited longest. */
  private void askNext() throws IOException {
    while (missing[next] > 0) {
      next = (next + 1) % active;
    }
    missing[next] = answerBytes;
    buffer.clear().put(IdleConnections.REQUEST).flip();
    SocketChannel channel = (SocketChannel) connections[next].channel();
    if (channel.write(buffer) < IdleConnections.REQUEST.length) {
      throw new IOException("a small request didn't fit into the socket of an idle connection");
    }
    next = (next + 1) % active;
  }

  private boolean isAnswered(SelectionKey key) throws IOException {
    int number = (Integer) key.attachment();
    int count = ((SocketChannel) key.channel()).read(buffer.clear());
    if (count < 0) {
      throw new EOFException("the server ended the stream");
    }
    missing[number] -= count;
    return count > 0 && missing[number] == 0;
  }
}
