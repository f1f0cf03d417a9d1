// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import dev.sluice.linux.bpf.BpfCollection;
import dev.sluice.linux.bpf.BpfLink;
import dev.sluice.linux.bpf.BpfObjects;
import dev.sluice.linux.bpf.LoadOptions;
import dev.sluice.linux.bpf.RingBuffer;
import dev.sluice.linux.bpf.Tracepoints;
import dev.sluice.linux.bpf.spec.CollectionSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * The lookups in routing tables that the thread causes that made this: in its calls, and where the
 * kernel carries its packets on before the call returns. Confined to that thread.
 */
final class RouteWatch implements AutoCloseable {
  private static final Path THREAD = Path.of("/proc/thread-self");
  private static final Path PID_NAMESPACE = Path.of("/proc/self/ns/pid");

  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  private final Optional<RingBuffer> ring;
  private final List<SeenRoute> seen = new ArrayList<>();
  private final Optional<String> lacking;

  private RouteWatch(Optional<RingBuffer> ring, Optional<String> lacking) {
    this.ring = ring;
    this.lacking = lacking;
  }

  /** Begins. A kernel that can't have it watched is no failure: {@link #gap} says why. */
  static RouteWatch ofThisThread() throws IOException {
    Deque<AutoCloseable> opened = new ArrayDeque<>();
    try {
      BpfCollection loaded = BpfCollection.load(spec(), LoadOptions.everything());
      opened.push(loaded);
      RingBuffer ring = RingBuffer.open(loaded.map("routes"));
      opened.push(ring);
      opened.push(attach(loaded, "trace_route4", "fib_table_lookup"));
      opened.push(attach(loaded, "trace_route6", "fib6_table_lookup"));
      RouteWatch watch = new RouteWatch(Optional.of(ring), Optional.empty());
      watch.open.addAll(opened);
      return watch;
    } catch (IOException e) {
      RouteWatch none =
          new RouteWatch(Optional.empty(), Optional.of(String.valueOf(e.getMessage())));
      none.open.addAll(opened);
      none.close();
      return none;
    }
  }

  private static CollectionSpec spec() throws IOException {
    CollectionSpec spec = BpfObjects.parse("route");
    String thread = String.valueOf(Files.readSymbolicLink(THREAD).getFileName());
    spec.rodata().set("thread", Long.parseLong(thread));
    spec.rodata().set("pid_namespace_device", (Long) Files.getAttribute(PID_NAMESPACE, "unix:dev"));
    spec.rodata().set("pid_namespace", (Long) Files.getAttribute(PID_NAMESPACE, "unix:ino"));
    return spec;
  }

  private static BpfLink attach(BpfCollection loaded, String program, String tracepoint)
      throws IOException {
    return Tracepoints.attach(loaded.program(program), tracepoint);
  }

  /** All lookups so far, in their order. */
  List<SeenRoute> seen() {
    ring.ifPresent(routes -> routes.drain(event -> seen.add(SeenRoute.decode(event))));
    return List.copyOf(seen);
  }

  /** What can't be said, and why. */
  Optional<What.Unknown> gap() {
    return lacking.map(why -> new What.Unknown("the policy route taken", why));
  }

  @Override
  public void close() throws IOException {
    while (!open.isEmpty()) {
      try {
        open.pop().close();
      } catch (IOException | RuntimeException e) {
        throw e;
      } catch (Exception e) {
        throw new IOException(e);
      }
    }
  }
}
