// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import dev.sluice.linux.bpf.AttachOrder;
import dev.sluice.linux.bpf.AttachedPrograms;
import dev.sluice.linux.bpf.BpfLink;
import dev.sluice.linux.bpf.BpfProgram;
import dev.sluice.linux.bpf.Cgroup;
import dev.sluice.linux.bpf.LinkInfo;
import dev.sluice.linux.bpf.ObjectIds;
import dev.sluice.linux.bpf.spec.AttachType;
import dev.sluice.socketlb.CgroupFolder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The programs that run when a process of a cgroup calls connect(2), sends or receives a datagram,
 * or asks for the addresses of a socket, with observers of ours between them for as long as this is
 * open. On a cgroup without programs nothing is attached. Confined to one thread.
 */
final class ConnectHooks implements AutoCloseable {
  private final AttachType hook;
  private final List<HookStep> steps;
  private final List<What.Unknown> gaps;
  private final Deque<AutoCloseable> open;

  private ConnectHooks(
      AttachType hook, List<HookStep> steps, List<What.Unknown> gaps, Deque<AutoCloseable> open) {
    this.hook = hook;
    this.steps = steps;
    this.gaps = gaps;
    this.open = open;
  }

  /** A program that runs, in its turn: somebody else's, or an observer. */
  private record HookStep(int programId, String name, Optional<HookObserver> observer) {}

  /** Attaches observers for sockets of that cgroup; a hook that trace.bpf.c has programs for. */
  static ConnectHooks observe(Path cgroup, AttachType hook) throws IOException {
    Deque<AutoCloseable> open = new ArrayDeque<>();
    ConnectHooks hooks = new ConnectHooks(hook, new ArrayList<>(), new ArrayList<>(), open);
    try {
      hooks.attach(cgroup.toRealPath());
      return hooks;
    } catch (IOException | RuntimeException e) {
      hooks.close();
      throw e;
    }
  }

  /** Nothing is attached, because of what {@code why} says. */
  static ConnectHooks none(String why) {
    return new ConnectHooks(
        AttachType.CGROUP_INET4_CONNECT,
        List.of(),
        List.of(new What.Unknown("programs on the client's hook", why)),
        new ArrayDeque<>());
  }

  private void attach(Path folder) throws IOException {
    Map<Integer, HookObserver> observers = new HashMap<>();
    Path root = CgroupFolder.top(folder);
    for (Path at = folder.toRealPath(); at != null && at.startsWith(root); at = at.getParent()) {
      try (Cgroup cgroup = Cgroup.open(at)) {
        for (HookObserver observer : between(cgroup, cgroup.hook(hook).attached())) {
          open.push(observer);
          observers.put(observer.programId(), observer);
        }
      }
    }
    try (Cgroup cgroup = Cgroup.open(folder)) {
      for (int id : cgroup.hook(hook).effective().ids()) {
        Optional<HookObserver> observer = Optional.ofNullable(observers.get(id));
        steps.add(new HookStep(id, observer.isPresent() ? "" : name(id), observer));
      }
    }
  }

  private List<HookObserver> between(Cgroup cgroup, AttachedPrograms there) throws IOException {
    List<HookObserver> observers = new ArrayList<>();
    if (there.ids().isEmpty()) {
      return observers;
    }
    if (!there.allowsMore()) {
      gaps.add(
          new What.Unknown(
              "what " + names(there.ids()) + " of " + cgroup + " changes on " + hook.section(),
              "it is attached in a way that lets no observer in"));
      return observers;
    }
    // A program that runs before those of children has observers of the same kind around it.
    HookObserver.attach(cgroup, hook, AttachOrder.first().beforeChildren())
        .ifPresent(observers::add);
    HookObserver.attach(cgroup, hook, AttachOrder.first()).ifPresent(observers::add);
    Map<Integer, BpfLink> links = links(cgroup);
    try {
      for (int program : there.ids()) {
        BpfLink link = links.get(program);
        if (link != null) {
          after(cgroup, link).ifPresent(observers::add);
        }
      }
    } finally {
      for (BpfLink link : links.values()) {
        link.close();
      }
    }
    HookObserver.attach(cgroup, hook, AttachOrder.last()).ifPresent(observers::add);
    return observers;
  }

  private Optional<HookObserver> after(Cgroup cgroup, BpfLink link) throws IOException {
    AttachOrder order = AttachOrder.after(link);
    Optional<HookObserver> plain = HookObserver.attach(cgroup, hook, order);
    return plain.isPresent() ? plain : HookObserver.attach(cgroup, hook, order.beforeChildren());
  }

  /** The links to this hook of that cgroup, by their programs. */
  private Map<Integer, BpfLink> links(Cgroup cgroup) throws IOException {
    long id = CgroupFolder.id(cgroup.path());
    Map<Integer, BpfLink> links = new HashMap<>();
    for (int candidate : ObjectIds.links()) {
      try {
        BpfLink link = BpfLink.openById(candidate);
        LinkInfo info = link.info();
        boolean here =
            info.target() instanceof LinkInfo.Target.Cgroup target
                && target.cgroupId() == id
                && target.attachType() == hook;
        if (!here || links.putIfAbsent(info.programId(), link) != null) {
          link.close();
        }
      } catch (IOException e) {
        // Gone since it was listed.
      }
    }
    return links;
  }

  private static String names(List<Integer> ids) {
    return String.join(", ", ids.stream().map(ConnectHooks::name).toList());
  }

  private static String name(int id) {
    try (BpfProgram program = BpfProgram.openById(id)) {
      return program.info().name() + " (program " + id + ")";
    } catch (IOException e) {
      return "program " + id;
    }
  }

  /** Has the observers note what happens to that socket. */
  void watch(long cookie) throws IOException {
    for (HookStep step : steps) {
      if (step.observer().isPresent()) {
        step.observer().get().watch(cookie);
      }
    }
  }

  /** The programs of others in the order in which they ran, with what was before and after. */
  List<Hop> hops() throws IOException {
    List<Hop> hops = new ArrayList<>();
    List<String> programs = new ArrayList<>();
    Optional<HookObserver.Seen> before = Optional.empty();
    for (HookStep step : steps) {
      if (step.observer().isEmpty()) {
        programs.add(step.name());
        continue;
      }
      Optional<HookObserver.Seen> seen = step.observer().get().seen();
      if (seen.isEmpty()) {
        continue;
      }
      if (before.isEmpty()) {
        unobserved(programs);
      }
      if (!programs.isEmpty()) {
        HookObserver.Seen former = before.orElseThrow();
        hops.add(
            new Hop(
                Sighting.event("observers before and after it", seen.get().nanos()),
                new What.Hooked(
                    hook.section(),
                    List.copyOf(programs),
                    former.address(),
                    seen.get().address(),
                    seen.get().refused().filter(_ -> former.refused().isEmpty()))));
        programs.clear();
      }
      before = seen;
    }
    unobserved(programs);
    return hops;
  }

  /** Those that ran before the first observer, or after the last. */
  private void unobserved(List<String> programs) {
    if (!programs.isEmpty()) {
      gaps.add(
          new What.Unknown(
              "what " + String.join(", ", programs) + " changes on " + hook.section(),
              "no observer could be put before and after it"));
      programs.clear();
    }
  }

  /** What could not be observed; complete after {@link #hops}. */
  List<What.Unknown> gaps() {
    return List.copyOf(gaps);
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
