// SPDX-License-Identifier: Apache-2.0
package dev.sluice.socketlb;

import dev.sluice.linux.Errno;
import dev.sluice.linux.SyscallException;
import dev.sluice.linux.bpf.AttachOrder;
import dev.sluice.linux.bpf.AttachedPrograms;
import dev.sluice.linux.bpf.BpfCollection;
import dev.sluice.linux.bpf.BpfLink;
import dev.sluice.linux.bpf.BpfProgram;
import dev.sluice.linux.bpf.Cgroup;
import dev.sluice.linux.bpf.IncompatibleMapException;
import dev.sluice.linux.bpf.LinkInfo;
import dev.sluice.linux.bpf.LoadOptions;
import dev.sluice.linux.bpf.spec.AttachType;
import dev.sluice.linux.bpf.spec.CollectionSpec;
import dev.sluice.linux.bpf.spec.ProgramSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/**
 * Attaches a feature's programs to a cgroup, or replaces those of an earlier Sluice, and keeps all
 * of it by pins. Killed at any moment it leaves something that the next run completes; failing, it
 * leaves what was there before. Blocks its caller.
 */
final class FeatureInstaller {
  private final PinnedFeature place;
  private final Cgroup cgroup;
  private final AttachOrder order;
  private final Rollback rollback;

  /** {@code rollback} is the caller's, who commits when its own part is done too. */
  FeatureInstaller(PinnedFeature place, Cgroup cgroup, AttachOrder order, Rollback rollback) {
    this.place = place;
    this.cgroup = cgroup;
    this.order = order;
    this.rollback = rollback;
  }

  /**
   * Loads and attaches. Programs of hooks other than a cgroup's are loaded and left to the caller.
   *
   * @return the maps and programs, open; the caller closes them, which detaches nothing
   */
  BpfCollection install() throws IOException {
    CollectionSpec spec = place.feature().spec();
    place.pins().make(rollback);
    Set<Path> before = Set.copyOf(place.pins().pins());
    rollback.add(() -> removePinsExcept(before));
    BpfCollection loaded = load(spec);
    boolean done = false;
    try {
      for (ProgramSpec program : spec.programs().values()) {
        AttachType hook = program.kind().attachType().orElseThrow();
        if (hook.isCgroup()) {
          BpfProgram own = loaded.program(program.name());
          attach(own, () -> create(own, hook));
        }
      }
      done = true;
      return loaded;
    } finally {
      if (!done) {
        loaded.close();
      }
    }
  }

  private BpfCollection load(CollectionSpec spec) throws IOException {
    try {
      return BpfCollection.load(spec, LoadOptions.everything().withPinFolder(place.maps()));
    } catch (IncompatibleMapException e) {
      throw new IOException(
          e.getMessage() + "; it was made by another version: run 'sluice uninstall' first", e);
    }
  }

  private void removePinsExcept(Set<Path> before) throws IOException {
    for (Path pin : place.pins().pins()) {
      if (!before.contains(pin)) {
        place.pins().removePin(pin);
      }
    }
  }

  /** Makes a link where none is pinned yet. */
  @FunctionalInterface
  interface Attachment {
    BpfLink make() throws IOException;
  }

  /** Attaches a program, or puts it in the place of its earlier version. */
  void attach(BpfProgram program, Attachment attachment) throws IOException {
    Path pin = place.link(program.name());
    if (Files.exists(pin)) {
      try (BpfLink link = BpfLink.openPinned(pin)) {
        if (!link.info().isDefunct()) {
          replace(link, program);
          return;
        }
      }
      Files.delete(pin);
    }
    try (BpfLink link = attachment.make()) {
      link.pin(pin);
    }
  }

  private void replace(BpfLink link, BpfProgram program) throws IOException {
    LinkInfo before = link.info();
    BpfProgram former = BpfProgram.openById(before.programId());
    try {
      if (former.info().tag().equals(program.info().tag())
          && former.info().name().equals(program.info().name())) {
        former.close();
        return;
      }
      link.update(program, former);
    } catch (SyscallException e) {
      former.close();
      throw e;
    }
    Path pin = place.link(program.name());
    rollback.add(
        () -> {
          try (BpfLink again = BpfLink.openPinned(pin)) {
            again.update(former);
          }
        },
        former::close);
  }

  private BpfLink create(BpfProgram program, AttachType hook) throws IOException {
    try {
      return cgroup.attach(program, hook, order);
    } catch (SyscallException e) {
      AttachedPrograms there = cgroup.hook(hook).attached();
      if (e.is(Errno.EPERM) && there.isExclusive()) {
        throw new IOException(
            "attaching "
                + program.name()
                + " to "
                + hook.section()
                + " of "
                + cgroup
                + ": program "
                + there.ids()
                + " is attached there exclusively and lets no other one in; expected a hook that"
                + " can be shared",
            e);
      }
      throw e;
    }
  }
}
