// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.lab.topology.Party;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;

/** A resolver in the client's pod that asks for one service by UDP, on and on, and counts. */
final class Questions implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(1);
  private static final int MOST_ATTEMPTS = 5;
  private static final String NAME = "web.shop.svc.cluster.local";
  private static final byte[] ADDRESS = {10, 96, 0, 10};

  private final DatagramSocket socket;
  private volatile boolean stopping;
  private final AtomicInteger again = new AtomicInteger();

  private Questions(DatagramSocket socket) {
    this.socket = socket;
  }

  static Questions to(Mesh mesh, InetSocketAddress server) throws Exception {
    DatagramSocket socket = mesh.inside(Party.CLIENT, DatagramSocket::new);
    socket.connect(server);
    socket.setSoTimeout(Math.toIntExact(PATIENCE.toMillis()));
    return new Questions(socket);
  }

  /** To {@link #stop}: how many questions were answered, each rightly. */
  int askOnAndOn() throws IOException, InterruptedException {
    int answered = 0;
    while (!stopping) {
      answered++;
      byte[] answer = ask(answered);
      assertThat(Arrays.copyOfRange(answer, answer.length - 4, answer.length)).isEqualTo(ADDRESS);
      Thread.sleep(2);
    }
    return answered;
  }

  private byte[] ask(int number) throws IOException {
    byte[] question = question(number);
    for (int attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
      socket.send(new DatagramPacket(question, question.length));
      DatagramPacket answer = new DatagramPacket(new byte[512], 512);
      try {
        do {
          socket.receive(answer);
        } while (answer.getData()[0] != question[0] || answer.getData()[1] != question[1]);
        return Arrays.copyOf(answer.getData(), answer.getLength());
      } catch (SocketTimeoutException e) {
        again.incrementAndGet();
      }
    }
    throw new IOException("no answer to question " + number);
  }

  /** RFC 1035, section 4.1: an A record of {@link #NAME}, recursion desired. */
  private static byte[] question(int number) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(new byte[] {(byte) (number >> 8), (byte) number, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0});
    for (String label : NAME.split("\\.", -1)) {
      out.write(label.length());
      out.write(label.getBytes(StandardCharsets.US_ASCII));
    }
    out.write(new byte[] {0, 0, 1, 0, 1});
    return out.toByteArray();
  }

  void stop() {
    stopping = true;
  }

  /** How many had no answer within a second. */
  int askedAgain() {
    return again.get();
  }

  @Override
  public void close() {
    stopping = true;
    socket.close();
  }
}
