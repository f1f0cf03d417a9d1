// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf;

import dev.sluice.linux.Errno;
import dev.sluice.linux.FileDescriptor;
import dev.sluice.linux.SyscallException;
import dev.sluice.linux.ffi.BpfAttr;
import dev.sluice.linux.ffi.BpfCommand;
import dev.sluice.linux.ffi.BpfOffsets.LinkDetach;
import dev.sluice.linux.ffi.BpfOffsets.LinkUpdate;
import java.nio.file.Path;

/**
 * An attachment ({@code bpf_link}, Linux 5.7), by a descriptor that this object owns. <b>When the
 * last descriptor is closed and there is no pin, the program is detached.</b> Thread-safe.
 */
public final class BpfLink implements AutoCloseable {
  private static final int BPF_F_REPLACE = 1 << 2;

  private final FileDescriptor descriptor;

  BpfLink(FileDescriptor descriptor) {
    this.descriptor = descriptor;
  }

  /**
   * Opens a pinned link.
   *
   * @throws SyscallException ENOENT if there is no such pin; EINVAL if it is no link
   */
  public static BpfLink openPinned(Path pin) throws SyscallException {
    return new BpfLink(Pins.get(pin, ObjectIds.Kind.LINK));
  }

  /**
   * Opens a link by its id; needs CAP_SYS_ADMIN.
   *
   * @throws SyscallException ENOENT if there is none any more
   */
  public static BpfLink openById(int id) throws SyscallException {
    return new BpfLink(ObjectIds.Kind.LINK.open(id));
  }

  /** The descriptor, for calls; it stays this object's. */
  public FileDescriptor descriptor() {
    return descriptor;
  }

  /** What the kernel says about it. */
  public LinkInfo info() throws SyscallException {
    return LinkInfo.of(descriptor.number());
  }

  /**
   * Replaces its program at one stroke: every call of the hook runs either the old or the new one.
   *
   * @throws SyscallException ENOLINK if what it was attached to is gone
   */
  public void update(BpfProgram program) throws SyscallException {
    try (BpfAttr attr = updateTo(program)) {
      check(attr.call(BpfCommand.BPF_LINK_UPDATE), program);
    }
  }

  /**
   * The same, if {@code expected} is still its program.
   *
   * @throws SyscallException EPERM if it is another one by now; ENOLINK if what it was attached to
   *     is gone
   */
  public void update(BpfProgram program, BpfProgram expected) throws SyscallException {
    try (BpfAttr attr = updateTo(program)) {
      attr.u32(LinkUpdate.FLAGS, BPF_F_REPLACE)
          .u32(LinkUpdate.OLD_PROG_FD, expected.descriptor().number());
      int result = attr.call(BpfCommand.BPF_LINK_UPDATE);
      if (Errno.EPERM.returnedBy(result)) {
        throw new SyscallException(
            "bpf(BPF_LINK_UPDATE)",
            -result,
            "to " + program,
            "the link's program is not " + expected + ", somebody else has replaced it");
      }
      check(result, program);
    }
  }

  /** Detaches its program at once, whoever else holds it or has pinned it (Linux 5.9). */
  public void detach() throws SyscallException {
    try (BpfAttr attr = BpfAttr.of(LinkDetach.BYTES).u32(LinkDetach.LINK_FD, descriptor.number())) {
      BpfCall.check(attr, BpfCommand.BPF_LINK_DETACH, "of " + this);
    }
  }

  /**
   * Gives it a name in the eBPF file system, which keeps the program attached.
   *
   * @throws SyscallException EEXIST if the name is taken
   */
  public void pin(Path path) throws SyscallException {
    Pins.pin(descriptor, path, toString());
  }

  /** Lets go of it, which detaches the program unless it is pinned; idempotent. */
  @Override
  public void close() throws SyscallException {
    descriptor.close();
  }

  @Override
  public String toString() {
    return "link on " + descriptor;
  }

  private BpfAttr updateTo(BpfProgram program) {
    return BpfAttr.of(LinkUpdate.BYTES)
        .u32(LinkUpdate.LINK_FD, descriptor.number())
        .u32(LinkUpdate.NEW_PROG_FD, program.descriptor().number());
  }

  private static void check(int result, BpfProgram program) throws SyscallException {
    if (Errno.ENOLINK.returnedBy(result)) {
      throw new SyscallException(
          "bpf(BPF_LINK_UPDATE)",
          -result,
          "to " + program,
          "what the link was attached to is gone; remove its pin and attach anew");
    }
    if (result < 0) {
      throw BpfCall.failure(BpfCommand.BPF_LINK_UPDATE, -result, "to " + program);
    }
  }
}
