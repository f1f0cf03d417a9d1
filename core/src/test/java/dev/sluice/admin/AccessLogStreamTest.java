// SPDX-License-Identifier: Apache-2.0
package dev.sluice.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.failure.Outcome;
import dev.sluice.linux.socket.PeerAddress;
import dev.sluice.linux.socket.Sockets;
import dev.sluice.linux.socket.UnixStreams;
import dev.sluice.net.ClientAddress;
import dev.sluice.net.Direction;
import dev.sluice.net.InterceptionMode;
import dev.sluice.net.PathReason;
import dev.sluice.telemetry.ConnectionOrigin;
import dev.sluice.telemetry.ConnectionRecord;
import dev.sluice.telemetry.Traffic;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Readers that keep up, fall behind, come and go. */
final class AccessLogStreamTest {
  private static final Pattern ID = Pattern.compile("\"sluice\":\\{\"id\":(\\d+),");
  private static final Pattern LOST = Pattern.compile("\"sluice\":\\{\"lost\":(\\d+),");

  /** More than queue, buffer and socket take. */
  private static final int MANY = 50_000;

  private final AccessLogStream stream = new AccessLogStream();
  @TempDir private Path folder;
  private Path path;
  private int listener;

  @BeforeEach
  void listen() throws IOException {
    path = folder.resolve("access_log.sock");
    listener = UnixStreams.listen(path, 16);
  }

  @AfterEach
  void close() {
    stream.close();
    Sockets.close(listener);
  }

  /** Often: a reader that is let in while records are under way misses none that follow. */
  @RepeatedTest(50)
  void tellsEveryReaderWhatEndsFromNowOn() throws Exception {
    stream.accept(connection(1));
    try (SocketChannel first = subscribe();
        SocketChannel second = subscribe()) {
      stream.accept(connection(2));
      stream.accept(connection(3));
      for (BufferedReader reader : List.of(reader(first), reader(second))) {
        assertThat(reader.readLine()).startsWith("{\"authority\":null,").containsPattern(ID);
        assertThat(number(ID, reader.readLine())).isEqualTo(3);
      }
    }
    assertThat(stream.lost()).isZero();
  }

  @Test
  void losesNothingOfAReaderThatKeepsUp() throws Exception {
    try (SocketChannel channel = subscribe()) {
      BufferedReader reader = reader(channel);
      for (int id = 1; id <= MANY; id++) {
        stream.accept(connection(id));
        if (id % 100 == 0) {
          for (int read = id - 99; read <= id; read++) {
            assertThat(number(ID, reader.readLine())).isEqualTo(read);
          }
        }
      }
    }
    assertThat(stream.lost()).isZero();
  }

  @Test
  void neitherWaitsForAReaderNorForgetsWhatItMissed() throws Exception {
    try (SocketChannel slow = subscribe();
        SocketChannel other = subscribe()) {
      long begin = System.nanoTime();
      for (int id = 1; id <= MANY; id++) {
        stream.accept(connection(id));
      }
      assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(10));
      // Nobody has read a byte, and both have missed something.
      await().atMost(Duration.ofSeconds(10)).until(() -> stream.lost() > MANY);
      long lost = missedBy(slow) + missedBy(other);
      assertThat(stream.lost()).isEqualTo(lost);
    }
  }

  /** Reads on until it has every record, or was told that it is missing. */
  private static long missedBy(SocketChannel channel) throws IOException {
    BufferedReader reader = reader(channel);
    long lost = 0;
    long last = 0;
    for (long told = 0; told < MANY; ) {
      String line = reader.readLine();
      assertThat(line).startsWith("{").endsWith("}}");
      if (line.contains("\"lost\":")) {
        long missing = number(LOST, line);
        lost += missing;
        told += missing;
      } else {
        assertThat(number(ID, line)).isGreaterThan(last);
        last = number(ID, line);
        told++;
      }
    }
    assertThat(lost).isPositive();
    return lost;
  }

  @Test
  void takesNoMoreThanItCanAndNoticesWhoIsGone() throws Exception {
    SocketChannel gone = subscribe();
    List<SocketChannel> others = List.of(subscribe(), subscribe(), subscribe());
    assertThat(admit()).isFalse();
    gone.close();
    // Nothing is written meanwhile.
    await().atMost(Duration.ofSeconds(5)).until(this::admit);
    for (SocketChannel other : others) {
      other.close();
    }
    await().atMost(Duration.ofSeconds(5)).until(() -> threads() == 0);
    try (SocketChannel again = subscribe()) {
      stream.accept(connection(9));
      assertThat(number(ID, reader(again).readLine())).isEqualTo(9);
    }
  }

  @Test
  void goesOnWithAReaderThatSendsNoMore() throws Exception {
    try (SocketChannel channel = subscribe()) {
      channel.shutdownOutput();
      Thread.sleep(500);
      stream.accept(connection(5));
      assertThat(number(ID, reader(channel).readLine())).isEqualTo(5);
    }
  }

  @Test
  void writesWhatIsQueuedBeforeItEnds() throws Exception {
    try (SocketChannel channel = subscribe()) {
      for (int id = 1; id <= 100; id++) {
        stream.accept(connection(id));
      }
      stream.close();
      assertThat(reader(channel).lines()).hasSize(100);
      assertThat(admit()).isFalse();
    }
    assertThat(stream.lost()).isZero();
  }

  @Test
  void endsInTimeBesideOneThatDoesNotRead() throws Exception {
    try (SocketChannel channel = subscribe()) {
      for (int id = 1; id <= 2000; id++) {
        stream.accept(connection(id));
      }
      long begin = System.nanoTime();
      stream.close(Duration.ofMillis(200));
      assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(5));
      long read =
          Channels.newReader(channel, StandardCharsets.UTF_8)
              .transferTo(new java.io.StringWriter());
      assertThat(read).isPositive();
      assertThat(stream.lost()).isPositive();
    }
  }

  private static long threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals("sluice-log-stream"))
        .count();
  }

  private SocketChannel subscribe() throws IOException {
    SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(path));
    assertThat(stream.admit(Sockets.accept(listener, new PeerAddress()))).isTrue();
    return channel;
  }

  private boolean admit() throws IOException {
    try (SocketChannel _ = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
      int descriptor = Sockets.accept(listener, new PeerAddress());
      boolean admitted = stream.admit(descriptor);
      if (!admitted) {
        Sockets.close(descriptor);
      }
      return admitted;
    }
  }

  private static BufferedReader reader(SocketChannel channel) {
    return new BufferedReader(Channels.newReader(channel, StandardCharsets.UTF_8));
  }

  private static long number(Pattern pattern, String line) {
    Matcher matcher = pattern.matcher(line);
    assertThat(matcher.find()).as(line).isTrue();
    return Long.parseLong(matcher.group(1));
  }

  private static ConnectionRecord connection(long id) {
    return new ConnectionRecord(
        new ConnectionOrigin(
            id,
            Direction.INBOUND,
            InterceptionMode.REDIRECT,
            1_795_375_891_027_999L,
            new ClientAddress(new InetSocketAddress(InetAddress.ofLiteral("192.0.2.7"), 4000)),
            null,
            PathReason.INBOUND),
        null,
        new Traffic(1, 2, 0, 3_000_000),
        Outcome.Closed.INSTANCE,
        "");
  }
}
