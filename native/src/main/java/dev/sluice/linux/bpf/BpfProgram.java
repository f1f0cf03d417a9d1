// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf;

import dev.sluice.linux.FileDescriptor;
import dev.sluice.linux.SyscallException;
import dev.sluice.linux.ffi.BpfAttr;
import dev.sluice.linux.ffi.BpfCommand;
import dev.sluice.linux.ffi.BpfOffsets.ProgramTest;
import java.nio.file.Path;

/**
 * A program in the kernel, by a descriptor that this object owns. It lives on as long as a link, a
 * pin or another descriptor refers to it. Thread-safe.
 */
public final class BpfProgram implements AutoCloseable {

  private final FileDescriptor descriptor;
  private final String name;

  BpfProgram(FileDescriptor descriptor, String name) {
    this.descriptor = descriptor;
    this.name = name;
  }

  /**
   * What a test run came to.
   *
   * @param returned the program's result
   * @param context the context as the program left it; empty if none was given
   */
  @SuppressWarnings("ArrayRecordComponent") // Read once, never compared.
  public record TestRun(int returned, byte[] context) {}

  /**
   * Opens a pinned program.
   *
   * @throws SyscallException ENOENT if there is no such pin; EINVAL if it is no program
   */
  public static BpfProgram openPinned(Path pin) throws SyscallException {
    return open(Pins.get(pin, ObjectIds.Kind.PROGRAM));
  }

  /**
   * Opens a program by its id; needs CAP_SYS_ADMIN.
   *
   * @throws SyscallException ENOENT if there is none any more
   */
  public static BpfProgram openById(int id) throws SyscallException {
    return open(ObjectIds.Kind.PROGRAM.open(id));
  }

  private static BpfProgram open(FileDescriptor descriptor) throws SyscallException {
    try {
      return new BpfProgram(descriptor, ProgramInfo.of(descriptor.number()).name());
    } catch (SyscallException | RuntimeException e) {
      descriptor.close();
      throw e;
    }
  }

  /** Its name; of an opened one what the kernel kept of it. */
  public String name() {
    return name;
  }

  /** The descriptor, for calls; it stays this object's. */
  public FileDescriptor descriptor() {
    return descriptor;
  }

  /** What the kernel says about it. */
  public ProgramInfo info() throws SyscallException {
    return ProgramInfo.of(descriptor.number());
  }

  /**
   * Runs it once on made-up input, without attaching it ({@code BPF_PROG_TEST_RUN}, Linux 4.12).
   * Which types of programs can be, and what they take, differs: a socket filter takes a packet, a
   * {@code sk_lookup} program its context.
   *
   * @param data a packet, or nothing
   * @param context a context struct, or nothing
   */
  public TestRun testRun(byte[] data, byte[] context) throws SyscallException {
    try (BpfAttr attr =
        BpfAttr.of(ProgramTest.BYTES).u32(ProgramTest.PROG_FD, descriptor.number())) {
      attr.u32(ProgramTest.DATA_SIZE_IN, data.length).bytes(ProgramTest.DATA_IN, data);
      attr.u32(ProgramTest.CTX_SIZE_IN, context.length).bytes(ProgramTest.CTX_IN, context);
      byte[] after = new byte[0];
      if (context.length == 0) {
        BpfCall.check(attr, BpfCommand.BPF_PROG_TEST_RUN, "of " + this);
      } else {
        BpfAttr.Output output =
            attr.u32(ProgramTest.CTX_SIZE_OUT, context.length)
                .output(ProgramTest.CTX_OUT, context.length);
        BpfCall.check(attr, BpfCommand.BPF_PROG_TEST_RUN, "of " + this);
        after = output.bytes(context.length);
      }
      return new TestRun(attr.u32(ProgramTest.RETVAL), after);
    }
  }

  /**
   * Gives it a name in the eBPF file system, which keeps it alive.
   *
   * @throws SyscallException EEXIST if the name is taken
   */
  public void pin(Path path) throws SyscallException {
    Pins.pin(descriptor, path, toString());
  }

  /** Lets go of it; idempotent. */
  @Override
  public void close() throws SyscallException {
    descriptor.close();
  }

  @Override
  public String toString() {
    return "program " + name;
  }
}
