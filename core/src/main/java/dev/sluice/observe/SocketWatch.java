// SPDX-License-Identifier: Apache-2.0
package dev.sluice.observe;

import dev.sluice.linux.Errno;
import dev.sluice.linux.SyscallException;
import dev.sluice.linux.bpf.AttachOrder;
import dev.sluice.linux.bpf.BpfCollection;
import dev.sluice.linux.bpf.BpfMap;
import dev.sluice.linux.bpf.BpfObjects;
import dev.sluice.linux.bpf.Cgroup;
import dev.sluice.linux.bpf.LoadOptions;
import dev.sluice.linux.bpf.RingBuffer;
import dev.sluice.linux.bpf.spec.AttachType;
import dev.sluice.linux.bpf.spec.CollectionSpec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The programs of observe.bpf.c on a cgroup, and what they tell. Attached by links that nothing
 * pins: they end with close, and with this process, however that ends. Confined to one thread.
 */
final class SocketWatch implements AutoCloseable {
  private static final byte[] FIRST = new byte[Integer.BYTES];

  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  private final List<String> gaps = new ArrayList<>();
  private final Set<Integer> programs = new HashSet<>();
  private final BpfMap lost;
  private final RingBuffer ring;

  private SocketWatch(Cgroup cgroup, int bufferBytes) throws IOException {
    try {
      CollectionSpec spec = BpfObjects.parse("observe");
      spec.resize("events", bufferBytes);
      BpfCollection loaded = BpfCollection.load(spec, LoadOptions.everything());
      open.push(loaded);
      lost = loaded.map("lost");
      ring = RingBuffer.open(loaded.map("events"));
      open.push(ring);
      attach(cgroup, loaded);
      for (String name : spec.programs().keySet()) {
        programs.add(loaded.program(name).info().id());
      }
    } catch (IOException | RuntimeException e) {
      close();
      throw e;
    }
  }

  /**
   * Attaches the programs to a cgroup and all below it.
   *
   * @param bufferBytes of the ring: a power of two, of pages at least
   * @throws IOException if the kernel refuses; the message says what
   */
  static SocketWatch on(Path folder, int bufferBytes) throws IOException {
    try (Cgroup cgroup = Cgroup.open(folder)) {
      return on(cgroup, folder, bufferBytes);
    }
  }

  private static SocketWatch on(Cgroup cgroup, Path folder, int bufferBytes) throws IOException {
    try {
      return new SocketWatch(cgroup, bufferBytes);
    } catch (IOException e) {
      throw new IOException(
          "attaching the programs that observe connections to "
              + folder
              + ": "
              + e.getMessage()
              + "; expected Linux 5.18 or later with eBPF on cgroups",
          e);
    }
  }

  private void attach(Cgroup cgroup, BpfCollection loaded) throws IOException {
    // What ends before what begins, so that no connection is begun here and missed at its end.
    link(cgroup, loaded, "sluice_obs_release", AttachType.CGROUP_INET_SOCK_RELEASE);
    link(cgroup, loaded, "sluice_obs_sockops", AttachType.CGROUP_SOCK_OPS);
    last(cgroup, loaded, "sluice_obs_decided4", AttachType.CGROUP_INET4_CONNECT);
    last(cgroup, loaded, "sluice_obs_decided6", AttachType.CGROUP_INET6_CONNECT);
    first(cgroup, loaded, "sluice_obs_dial4", AttachType.CGROUP_INET4_CONNECT);
    first(cgroup, loaded, "sluice_obs_dial6", AttachType.CGROUP_INET6_CONNECT);
  }

  private void link(Cgroup cgroup, BpfCollection loaded, String program, AttachType hook)
      throws IOException {
    open.push(cgroup.attach(loaded.program(program), hook));
  }

  private void last(Cgroup cgroup, BpfCollection loaded, String program, AttachType hook)
      throws IOException {
    try {
      open.push(cgroup.attach(loaded.program(program), hook, AttachOrder.last()));
    } catch (SyscallException e) {
      requireUnordered(e);
      link(cgroup, loaded, program, hook);
    }
  }

  /** A kernel that can't order puts it behind; then the other one has to be attached again. */
  private void first(Cgroup cgroup, BpfCollection loaded, String program, AttachType hook)
      throws IOException {
    try {
      open.push(cgroup.attach(loaded.program(program), hook, AttachOrder.first().beforeChildren()));
    } catch (SyscallException e) {
      requireUnordered(e);
      link(cgroup, loaded, program, hook);
      String behind = hook == AttachType.CGROUP_INET4_CONNECT ? "4" : "6";
      link(cgroup, loaded, "sluice_obs_decided" + behind, hook);
      gaps.add(
          "this kernel can't put a program before others on "
              + hook.section()
              + " (Linux 6.16): if there are others, the dialled address is as they leave it");
    }
  }

  private static void requireUnordered(SyscallException e) throws SyscallException {
    if (!e.is(Errno.EINVAL)) {
      throw e;
    }
  }

  /** What can't be told on this kernel, for people. */
  List<String> gaps() {
    return List.copyOf(gaps);
  }

  /** The kernel's numbers of the programs. */
  Set<Integer> programs() {
    return Set.copyOf(programs);
  }

  /** Hands over all that has come, and returns how many. */
  int drain(Consumer<SocketEvent> receiver) {
    return ring.drain(struct -> receiver.accept(SocketEvent.parse(struct)));
  }

  /** Waits until something comes, {@code limit} at most. */
  void await(Duration limit) throws IOException {
    ring.await(limit);
  }

  /** Connections that the programs had no room for, since the beginning. */
  long lost() throws IOException {
    byte[] count = lost.lookup(FIRST);
    return count == null ? 0 : ByteBuffer.wrap(count).order(ByteOrder.nativeOrder()).getLong();
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
