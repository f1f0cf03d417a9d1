// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import dev.sluice.linux.bpf.BpfProgram;
import dev.sluice.linux.bpf.Cgroup;
import dev.sluice.linux.bpf.NamespaceHook;
import dev.sluice.linux.bpf.ProgramInfo;
import dev.sluice.linux.bpf.RunCounts;
import dev.sluice.linux.bpf.spec.AttachType;
import dev.sluice.socketlb.ProgramOwner;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The programs on every hook that a client's socket comes by, in their order, and how often each
 * ran between begin and {@link #hops}. The kernel counts for the whole machine while this is open.
 * Confined to one thread.
 */
final class HookRuns implements AutoCloseable {
  private static final String SOURCE = "order queried, runs counted (BPF_ENABLE_STATS)";

  private final RunCounts counting;
  private final List<Attached> attached = new ArrayList<>();
  private final Map<Integer, Long> before = new HashMap<>();

  private HookRuns(RunCounts counting) {
    this.counting = counting;
  }

  private record Attached(
      Optional<Place> place, String hook, int order, int id, ProgramInfo program) {}

  /**
   * Begins: before observers of ours are attached, or they would be among them.
   *
   * @param cgroup the client's
   * @param v4 the family that it dials
   * @param datagrams whether it sends datagrams, rather than connects a stream
   * @param places whose sockets may be chosen by programs
   * @throws IOException if the kernel doesn't say
   */
  static HookRuns begin(Path cgroup, boolean v4, boolean datagrams, List<OpenedPlace> places)
      throws IOException {
    HookRuns runs = new HookRuns(RunCounts.keep());
    try (Cgroup opened = Cgroup.open(cgroup)) {
      for (AttachType hook : hooks(v4, datagrams)) {
        runs.list(Optional.empty(), hook, opened.hook(hook).effective().ids());
      }
      for (OpenedPlace place : places) {
        runs.list(
            Optional.of(place.place()),
            AttachType.SK_LOOKUP,
            NamespaceHook.of(place.namespace()).attached().ids());
      }
      return runs;
    } catch (IOException | RuntimeException e) {
      runs.close();
      throw e;
    }
  }

  /** In the order in which a socket comes by them. */
  static List<AttachType> hooks(boolean v4, boolean datagrams) {
    List<AttachType> hooks = new ArrayList<>();
    hooks.add(AttachType.CGROUP_INET_SOCK_CREATE);
    hooks.add(v4 ? AttachType.CGROUP_INET4_POST_BIND : AttachType.CGROUP_INET6_POST_BIND);
    if (datagrams) {
      hooks.add(v4 ? AttachType.CGROUP_UDP4_SENDMSG : AttachType.CGROUP_UDP6_SENDMSG);
      hooks.add(v4 ? AttachType.CGROUP_UDP4_RECVMSG : AttachType.CGROUP_UDP6_RECVMSG);
    } else {
      hooks.add(v4 ? AttachType.CGROUP_INET4_CONNECT : AttachType.CGROUP_INET6_CONNECT);
      hooks.add(AttachType.CGROUP_SOCK_OPS);
    }
    hooks.add(AttachType.CGROUP_INET_EGRESS);
    hooks.add(AttachType.CGROUP_INET_INGRESS);
    if (!datagrams) {
      hooks.add(v4 ? AttachType.CGROUP_INET4_GETSOCKNAME : AttachType.CGROUP_INET6_GETSOCKNAME);
      hooks.add(v4 ? AttachType.CGROUP_INET4_GETPEERNAME : AttachType.CGROUP_INET6_GETPEERNAME);
      hooks.add(AttachType.CGROUP_SETSOCKOPT);
      hooks.add(AttachType.CGROUP_GETSOCKOPT);
    }
    hooks.add(AttachType.CGROUP_INET_SOCK_RELEASE);
    return hooks;
  }

  private void list(Optional<Place> place, AttachType hook, List<Integer> ids) {
    int order = 0;
    for (int id : ids) {
      order++;
      Optional<ProgramInfo> program = info(id);
      if (program.isPresent()) {
        attached.add(new Attached(place, hook.section(), order, id, program.get()));
        before.putIfAbsent(id, program.get().runs());
      }
    }
  }

  /** Empty if it is gone by now. */
  private static Optional<ProgramInfo> info(int id) {
    try (BpfProgram program = BpfProgram.openById(id)) {
      return Optional.of(program.info());
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** Each program on each hook, with its runs so far. */
  List<Hop> hops() {
    List<Hop> hops = new ArrayList<>();
    for (Attached each : attached) {
      Optional<ProgramInfo> now = info(each.id());
      now.ifPresent(
          info ->
              hops.add(
                  new Hop(
                      Sighting.state(SOURCE, System.nanoTime()),
                      new What.Ran(
                          each.place(),
                          each.hook(),
                          each.order(),
                          info.name(),
                          each.id(),
                          ProgramOwner.of(info.name()),
                          info.runs() - before.getOrDefault(each.id(), 0L)))));
    }
    return hops;
  }

  @Override
  public void close() throws IOException {
    counting.close();
  }
}
