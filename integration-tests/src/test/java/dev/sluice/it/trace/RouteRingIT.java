// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.trace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.lab.topology.Family;
import dev.sluice.linux.bpf.BpfCollection;
import dev.sluice.linux.bpf.BpfLink;
import dev.sluice.linux.bpf.BpfObjects;
import dev.sluice.linux.bpf.LoadOptions;
import dev.sluice.linux.bpf.RingBuffer;
import dev.sluice.linux.bpf.Tracepoints;
import dev.sluice.linux.bpf.spec.CollectionSpec;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** More lookups than the ring of the route programs has room for. */
final class RouteRingIT {
  private static final int LOOKUPS = 200;
  private static final int RING_BYTES = 4096;

  @ParameterizedTest
  @EnumSource(Family.class)
  void countsTheLookupsThatFindNoRoom(Family family) throws Exception {
    try (BpfCollection loaded = BpfCollection.load(spec(), LoadOptions.everything());
        RingBuffer ring = RingBuffer.open(loaded.map("routes"));
        BpfLink _ = Tracepoints.attach(loaded.program("trace_route4"), "fib_table_lookup");
        BpfLink _ = Tracepoints.attach(loaded.program("trace_route6"), "fib6_table_lookup")) {
      dial(family, 1);
      int each = ring.drain(_ -> {});
      assertThat(each).isPositive();
      assertThat(lost(loaded)).isZero();

      dial(family, LOOKUPS);

      int kept = ring.drain(_ -> {});
      assertThat(kept).isBetween(1, LOOKUPS - 1);
      assertThat(kept + lost(loaded)).isGreaterThanOrEqualTo(LOOKUPS);
    }
  }

  /** Each connect of a datagram socket looks its route up. */
  private static void dial(Family family, int times) throws IOException {
    for (int i = 0; i < times; i++) {
      try (DatagramSocket socket = new DatagramSocket()) {
        socket.connect(new InetSocketAddress(family.loopback(), 9));
      }
    }
  }

  private static long lost(BpfCollection loaded) throws IOException {
    byte[] count = loaded.map("lost").lookup(new byte[Integer.BYTES]);
    assertThat(count).isNotNull();
    return ByteBuffer.wrap(count).order(ByteOrder.nativeOrder()).getLong();
  }

  private static CollectionSpec spec() throws IOException {
    Path namespace = Path.of("/proc/self/ns/pid");
    CollectionSpec spec = BpfObjects.parse("route");
    Path thread = Files.readSymbolicLink(Path.of("/proc/thread-self")).getFileName();
    spec.rodata().set("thread", Long.parseLong(thread.toString()));
    spec.rodata().set("pid_namespace_device", (Long) Files.getAttribute(namespace, "unix:dev"));
    spec.rodata().set("pid_namespace", (Long) Files.getAttribute(namespace, "unix:ino"));
    spec.resize("routes", RING_BYTES);
    return spec;
  }
}
