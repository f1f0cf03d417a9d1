// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import dev.sluice.linux.bpf.BpfCollection;
import dev.sluice.linux.bpf.BpfLink;
import dev.sluice.linux.bpf.BpfMap;
import dev.sluice.linux.bpf.BpfObjects;
import dev.sluice.linux.bpf.LoadOptions;
import dev.sluice.linux.bpf.RingBuffer;
import dev.sluice.linux.bpf.Tracepoints;
import dev.sluice.linux.bpf.spec.CollectionSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
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
  private static final byte[] FIRST = new byte[Integer.BYTES];
  private static final Path THREAD = Path.of("/proc/thread-self");
  private static final Path PID_NAMESPACE = Path.of("/proc/self/ns/pid");

  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  private final Optional<Told> told;
  private final List<SeenRoute> seen = new ArrayList<>();
  private final Optional<String> lacking;

  /** Of {@code lost}, before what is of interest. */
  private long lostBefore;

  private RouteWatch(Optional<Told> told, Optional<String> lacking) {
    this.told = told;
    this.lacking = lacking;
  }

  /**
   * What the programs tell.
   *
   * @param lost counts the lookups that had no room in {@code ring}
   */
  private record Told(RingBuffer ring, BpfMap lost) {
    long count() throws IOException {
      byte[] count = lost.lookup(FIRST);
      return count == null ? 0 : ByteBuffer.wrap(count).order(ByteOrder.nativeOrder()).getLong();
    }
  }

  /** Begins. A kernel that can't have it watched is no failure: {@link #gaps} says why. */
  static RouteWatch ofThisThread() throws IOException {
    Deque<AutoCloseable> opened = new ArrayDeque<>();
    try {
      BpfCollection loaded = BpfCollection.load(spec(), LoadOptions.everything());
      opened.push(loaded);
      RingBuffer ring = RingBuffer.open(loaded.map("routes"));
      opened.push(ring);
      opened.push(attach(loaded, "trace_route4", "fib_table_lookup"));
      opened.push(attach(loaded, "trace_route6", "fib6_table_lookup"));
      RouteWatch watch =
          new RouteWatch(Optional.of(new Told(ring, loaded.map("lost"))), Optional.empty());
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

  /** What was looked up so far is of no interest, and makes room. */
  void discard() throws IOException {
    if (told.isPresent()) {
      // First: what is lost in between is counted rather than forgotten.
      lostBefore = told.get().count();
      told.get().ring().drain(_ -> {});
      seen.clear();
    }
  }

  /** All lookups since then, in their order. */
  List<SeenRoute> seen() {
    told.ifPresent(each -> each.ring().drain(event -> seen.add(SeenRoute.decode(event))));
    return List.copyOf(seen);
  }

  /** What can't be said, and why. */
  List<What.Unknown> gaps() throws IOException {
    List<What.Unknown> gaps = new ArrayList<>();
    lacking.ifPresent(why -> gaps.add(new What.Unknown("the policy route taken", why)));
    long lost = told.isPresent() ? told.get().count() - lostBefore : 0;
    if (lost > 0) {
      gaps.add(
          new What.Unknown(
              "the policy route taken",
              lost + " more lookups of this thread found no room where they are noted"));
    }
    return gaps;
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
