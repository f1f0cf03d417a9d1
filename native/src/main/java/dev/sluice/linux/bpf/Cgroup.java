// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf;

import dev.sluice.linux.FileDescriptor;
import dev.sluice.linux.SyscallException;
import dev.sluice.linux.bpf.spec.AttachType;
import dev.sluice.linux.ffi.FileCalls;
import java.nio.file.Path;

/**
 * A cgroup of version 2, by an open descriptor of its folder, to attach programs to and to ask what
 * is attached. Whoever opens it closes it; attachments stay. Thread-safe.
 */
public final class Cgroup implements AutoCloseable {
  private final FileDescriptor descriptor;
  private final Path path;

  private Cgroup(FileDescriptor descriptor, Path path) {
    this.descriptor = descriptor;
    this.path = path;
  }

  /**
   * Opens the folder; that it belongs to a cgroup is only seen when a program is attached.
   *
   * @throws SyscallException ENOENT if there is no such folder
   */
  public static Cgroup open(Path path) throws SyscallException {
    int result = FileCalls.open(path.toString());
    if (result < 0) {
      throw new SyscallException("open", -result, "of cgroup " + path);
    }
    return new Cgroup(FileDescriptor.owning(result), path);
  }

  /** Where it was opened. */
  public Path path() {
    return path;
  }

  /** Attaches a program by a link, after those that are there. */
  public BpfLink attach(BpfProgram program, AttachType type) throws SyscallException {
    return attach(program, type, AttachOrder.unspecified());
  }

  /**
   * Attaches a program by a link.
   *
   * @throws SyscallException EPERM if somebody has attached a program exclusively; EINVAL if the
   *     kernel doesn't know the hook or the order
   */
  public BpfLink attach(BpfProgram program, AttachType type, AttachOrder order)
      throws SyscallException {
    return LinkCreation.create(program, descriptor.number(), type, order, toString());
  }

  /** Where programs are attached without links, and everything that is attached is listed. */
  public CgroupHook hook(AttachType type) {
    return new CgroupHook(descriptor, type, toString());
  }

  /** Lets go of the folder; idempotent. Links stay. */
  @Override
  public void close() throws SyscallException {
    descriptor.close();
  }

  @Override
  public String toString() {
    return "cgroup " + path;
  }
}
