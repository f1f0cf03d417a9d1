// SPDX-License-Identifier: Apache-2.0
package dev.sluice.socketlb;

import dev.sluice.linux.bpf.AttachedPrograms;
import dev.sluice.linux.bpf.BpfLink;
import dev.sluice.linux.bpf.BpfProgram;
import dev.sluice.linux.bpf.Cgroup;
import dev.sluice.linux.bpf.spec.AttachType;
import dev.sluice.linux.bpf.spec.CollectionSpec;
import dev.sluice.linux.bpf.spec.ProgramSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What runs for a cgroup besides our programs: on the cgroup itself and on those above, up to the
 * root of the tree as this process sees it. Only asks. Immutable.
 */
final class HookPath {
  /** What the kernel keeps of a name. */
  private static final int NAME_LENGTH = 15;

  private static final List<AttachType> CONNECTS =
      List.of(AttachType.CGROUP_INET4_CONNECT, AttachType.CGROUP_INET6_CONNECT);

  private final Path folder;

  HookPath(Path folder) {
    this.folder = folder;
  }

  /**
   * Makes sure that programs can be attached beside those that are there. One that was attached
   * with override would even be switched off by ours below it.
   *
   * @throws IOException naming the hook, the cgroup and the program that shares with nobody
   */
  void requireShared(CollectionSpec spec) throws IOException {
    Path root = CgroupFolder.top(folder);
    Path at = folder.toRealPath();
    while (at != null && at.startsWith(root)) {
      try (Cgroup cgroup = Cgroup.open(at)) {
        for (ProgramSpec program : spec.programs().values()) {
          AttachType hook = program.kind().attachType().orElseThrow();
          AttachedPrograms there = cgroup.hook(hook).attached();
          if (!there.allowsMore()) {
            throw notShared(program.name(), hook, at, there);
          }
        }
      }
      at = at.getParent();
    }
  }

  private IOException notShared(String program, AttachType hook, Path at, AttachedPrograms there)
      throws IOException {
    return new IOException(
        "attaching %s to %s of cgroup %s: %s is attached to %s in the old way that %s; expected its"
                .formatted(
                    program,
                    hook.section(),
                    folder,
                    String.join(", ", names(there.ids())),
                    at.equals(folder.toRealPath()) ? "the same cgroup" : at,
                    there.isExclusive()
                        ? "lets nobody in, there and below"
                        : "a program below switches off")
            + " owner to attach it by a link or with BPF_F_ALLOW_MULTI");
  }

  /**
   * Makes sure that our programs on connect are the first that see an address.
   *
   * @throws IOException naming what runs before
   */
  void requireNothingBefore(PinnedFeature place) throws IOException {
    List<String> before = before(place);
    if (!before.isEmpty()) {
      throw new IOException(
          "attaching the recorder to cgroup %s: %s; expected to run first: what was dialled is lost"
                  .formatted(folder, String.join("; ", before))
              + " once it is rewritten. The other one has to be attached without BPF_F_PREORDER;"
              + " where this kernel can't order programs (before 6.15), use a cgroup below");
    }
  }

  /** Each hook on which somebody else's program runs before ours; in a few words. */
  List<String> before(PinnedFeature place) throws IOException {
    List<String> found = new ArrayList<>();
    try (Cgroup cgroup = Cgroup.open(folder)) {
      for (ProgramSpec program : place.feature().spec().programs().values()) {
        AttachType hook = program.kind().attachType().orElseThrow();
        Optional<Integer> ours = programId(place.link(program.name()));
        if (CONNECTS.contains(hook) && ours.isPresent()) {
          List<Integer> order = cgroup.hook(hook).effective().ids();
          List<String> names = names(order.subList(0, Math.max(0, order.indexOf(ours.get()))));
          // Another recorder, above or below, changes nothing.
          names.removeIf(name -> name.startsWith(shortened(program.name()) + " "));
          if (!names.isEmpty()) {
            found.add("%s: %s first".formatted(hook.section(), String.join(", ", names)));
          }
        }
      }
    }
    return found;
  }

  private static Optional<Integer> programId(Path pin) throws IOException {
    if (!Files.exists(pin)) {
      return Optional.empty();
    }
    try (BpfLink link = BpfLink.openPinned(pin)) {
      return Optional.of(link.info().programId());
    }
  }

  private static String shortened(String name) {
    return name.substring(0, Math.min(NAME_LENGTH, name.length()));
  }

  /** {@code name (id)} of each. */
  static List<String> names(List<Integer> ids) throws IOException {
    List<String> names = new ArrayList<>();
    for (int id : ids) {
      try (BpfProgram program = BpfProgram.openById(id)) {
        names.add(program.name() + " (" + id + ")");
      }
    }
    return names;
  }
}
