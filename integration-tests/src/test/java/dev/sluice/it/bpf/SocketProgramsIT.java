// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.bpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.linux.bpf.BpfCodec;
import dev.sluice.linux.bpf.BpfCollection;
import dev.sluice.linux.bpf.BpfIterator;
import dev.sluice.linux.bpf.BpfLink;
import dev.sluice.linux.bpf.Cgroup;
import dev.sluice.linux.bpf.LoadOptions;
import dev.sluice.linux.bpf.RingBuffer;
import dev.sluice.linux.bpf.TypedMap;
import dev.sluice.linux.bpf.spec.AttachType;
import dev.sluice.linux.bpf.spec.CollectionSpec;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SocketProgramsIT {
  /** The variable {@code seen} begins at 5. */
  private static final long FIRST_EVENT = 6;

  /** Connects as often as it is told to, and keeps the sockets. */
  private static final String CLIENT =
      """
      import socket, sys
      kept = []
      for line in sys.stdin:
          s = socket.create_connection(("127.0.0.1", int(line)))
          kept.append(s)
          s.setsockopt(6, 19, 1)            # TCP_REPAIR
          s.setsockopt(6, 20, 2)            # TCP_REPAIR_QUEUE: TCP_SEND_QUEUE
          sequence = s.getsockopt(6, 21)    # TCP_QUEUE_SEQ
          s.setsockopt(6, 19, -1)           # off, without a window probe
          cookie = int.from_bytes(s.getsockopt(1, 57, 8), "little")
          print(cookie, sequence & 0xffffffff)
      """;

  private record Event(long number, int port, int sequence) {}

  private record Connected(long cookie, long sequence) {}

  private ServerSocket server;
  private TestCgroup folder;
  private Cgroup cgroup;
  private BpfCollection loaded;

  @BeforeEach
  void open() throws IOException {
    CollectionSpec spec = BpfObjectFiles.parse("kinds");
    spec.rodata().set("enabled", true);
    spec.rodata().set("limit", 99);
    loaded = BpfCollection.load(spec, LoadOptions.everything());
    server = new ServerSocket(0, 1000, InetAddress.ofLiteral("127.0.0.1"));
    // Last, since nothing would remove it if the load failed.
    folder = TestCgroup.create("socket");
    cgroup = Cgroup.open(folder.path());
  }

  @AfterEach
  void close() throws IOException {
    loaded.close();
    cgroup.close();
    // The kernel lets go of the members a moment after they have ended.
    await().ignoreExceptions().until(() -> remove(folder));
    server.close();
  }

  @Test
  void handsOverEventsInOrder() throws Exception {
    try (BpfLink link = attach("record", AttachType.CGROUP_INET4_CONNECT);
        RingBuffer ring = RingBuffer.open(loaded.map("events"));
        Member client = Member.start(folder, CLIENT)) {
      assertThat(ring.await(Duration.ZERO)).isFalse();
      connect(client);
      assertThat(ring.await(Duration.ofSeconds(5))).isTrue();
      List<Event> events = drain(ring);
      assertThat(events).containsExactly(new Event(FIRST_EVENT, server.getLocalPort(), 99));
      assertThat(ring.await(Duration.ZERO)).isFalse();
      assertThat(link.info().programId()).isEqualTo(loaded.program("record").info().id());
    }
  }

  @Test
  void goesRoundTheRingManyTimesAndLosesOnlyWhatDidNotFit() throws Exception {
    int fitting = 4096 / 24; // An event of 16 bytes behind a header of 8.
    try (BpfLink link = attach("record", AttachType.CGROUP_INET4_CONNECT);
        RingBuffer ring = RingBuffer.open(loaded.map("events"));
        Member client = Member.start(folder, CLIENT)) {
      assertThat(link.info().isDefunct()).isFalse();
      long next = FIRST_EVENT;
      for (int round = 0; round < 5; round++) {
        for (int i = 0; i < 100; i++) {
          connect(client);
        }
        for (Event event : drain(ring)) {
          assertThat(event.number()).isEqualTo(next++);
        }
        assertThat(next).isEqualTo(FIRST_EVENT + (round + 1) * 100L);
      }
      for (int i = 0; i < fitting + 10; i++) {
        connect(client);
      }
      assertThat(drain(ring)).hasSizeBetween(fitting - 1, fitting);
      connect(client);
      assertThat(drain(ring)).hasSize(1);
    }
  }

  @Test
  void goesOnBehindAnEventWhoseReceiverFailed() throws Exception {
    try (BpfLink link = attach("record", AttachType.CGROUP_INET4_CONNECT);
        RingBuffer ring = RingBuffer.open(loaded.map("events"));
        Member client = Member.start(folder, CLIENT)) {
      assertThat(link.info().isDefunct()).isFalse();
      connect(client);
      connect(client);
      try {
        ring.drain(
            _ -> {
              throw new IllegalStateException("expected");
            });
      } catch (IllegalStateException e) {
        assertThat(e).hasMessage("expected");
      }
      assertThat(drain(ring)).extracting(Event::number).containsExactly(FIRST_EVENT + 1);
    }
  }

  @Test
  void walksTheStorageOfSocketsWithTheirCookies() throws Exception {
    try (BpfLink link = attach("record", AttachType.CGROUP_INET4_CONNECT);
        BpfIterator iterator = BpfIterator.over(loaded.program("list"), loaded.map("storage"))) {
      assertThat(link.info().isDefunct()).isFalse();
      assertThat(iterator.read()).isEmpty();
      Set<Long> expected = new HashSet<>();
      try (Member client = Member.start(folder, CLIENT)) {
        for (int i = 0; i < 300; i++) {
          expected.add(connect(client).cookie());
        }
        assertThat(cookies(iterator.read())).isEqualTo(expected);
      }
      await().untilAsserted(() -> assertThat(iterator.read()).isEmpty());
    }
  }

  @Test
  void readsAFieldWhereThisKernelHasIt() throws Exception {
    TypedMap<Integer, Integer> kept =
        TypedMap.of(loaded.map("kept"), BpfCodec.u32(), BpfCodec.u32());
    try (BpfLink link = attach("sequence", AttachType.CGROUP_SOCK_OPS);
        Member client = Member.start(folder, CLIENT)) {
      assertThat(link.info().isDefunct()).isFalse();
      for (int i = 0; i < 20; i++) {
        // The SYN takes one number.
        long sequence = connect(client).sequence();
        assertThat(Integer.toUnsignedLong(kept.get(0).orElseThrow() + 1)).isEqualTo(sequence);
      }
    }
  }

  private BpfLink attach(String program, AttachType type) throws IOException {
    return cgroup.attach(loaded.program(program), type);
  }

  private Connected connect(Member client) throws IOException {
    client.writeLine(Integer.toString(server.getLocalPort()));
    String[] numbers = client.readLine().split(" ", -1);
    server.accept().close();
    return new Connected(Long.parseLong(numbers[0]), Long.parseLong(numbers[1]));
  }

  private static List<Event> drain(RingBuffer ring) {
    List<Event> events = new ArrayList<>();
    ring.drain(
        record -> {
          ByteBuffer buffer = ByteBuffer.wrap(record).order(ByteOrder.nativeOrder());
          events.add(new Event(buffer.getLong(), buffer.getInt(), buffer.getInt()));
        });
    return events;
  }

  private static Set<Long> cookies(byte[] flows) {
    ByteBuffer buffer = ByteBuffer.wrap(flows).order(ByteOrder.nativeOrder());
    Set<Long> found = new HashSet<>();
    for (int at = 0; at < flows.length; at += 16) {
      found.add(buffer.getLong(at));
    }
    return found;
  }

  private static boolean remove(TestCgroup folder) throws IOException {
    folder.close();
    return true;
  }
}
