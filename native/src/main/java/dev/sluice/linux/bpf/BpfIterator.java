// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf;

import dev.sluice.linux.Errno;
import dev.sluice.linux.FileDescriptor;
import dev.sluice.linux.NativeBuffer;
import dev.sluice.linux.SyscallException;
import dev.sluice.linux.bpf.spec.AttachType;
import dev.sluice.linux.ffi.BpfAttr;
import dev.sluice.linux.ffi.BpfCommand;
import dev.sluice.linux.ffi.BpfOffsets.IterCreate;
import dev.sluice.linux.ffi.BpfOffsets.LinkCreate;
import dev.sluice.linux.ffi.FileCalls;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Runs a program once for each kernel object of a kind, such as each socket with an entry in a
 * storage map ({@code iter/bpf_sk_storage_map}, Linux 5.9), and reads what it wrote. It lists the
 * whole machine, whatever the namespace. Owns a link. Thread-safe.
 */
public final class BpfIterator implements AutoCloseable {
  private static final int READ_BYTES = 64 << 10;

  private final BpfLink link;

  private BpfIterator(BpfLink link) {
    this.link = link;
  }

  /** An iterator over the entries of a map. */
  public static BpfIterator over(BpfProgram program, BpfMap map) throws SyscallException {
    byte[] target = new byte[Integer.BYTES];
    ByteBuffer.wrap(target).order(ByteOrder.nativeOrder()).putInt(map.descriptor().number());
    return attach(program, target, " to " + map);
  }

  /** An iterator over all objects of its kind. */
  public static BpfIterator of(BpfProgram program) throws SyscallException {
    return attach(program, new byte[0], "");
  }

  private static BpfIterator attach(BpfProgram program, byte[] target, String where)
      throws SyscallException {
    try (BpfAttr attr =
        BpfAttr.of(LinkCreate.BYTES)
            .u32(LinkCreate.PROG_FD, program.descriptor().number())
            .u32(LinkCreate.ATTACH_TYPE, AttachType.TRACE_ITER.number())
            .bytes(LinkCreate.ITER_INFO, target)
            .u32(LinkCreate.ITER_INFO_LEN, target.length)) {
      return new BpfIterator(
          new BpfLink(
              BpfCall.open(
                  attr, BpfCommand.BPF_LINK_CREATE, "of iterator " + program.name() + where)));
    }
  }

  /**
   * One walk: all that the program wrote with {@code bpf_seq_write}, whole records in a row.
   *
   * @throws SyscallException E2BIG if one call of the program wrote more than the kernel buffers
   *     (32 KiB); EAGAIN and EINTR are tried again
   */
  public byte[] read() throws SyscallException {
    try (BpfAttr attr =
            BpfAttr.of(IterCreate.BYTES).u32(IterCreate.LINK_FD, link.descriptor().number());
        FileDescriptor walk = BpfCall.open(attr, BpfCommand.BPF_ITER_CREATE, "of an iterator");
        NativeBuffer buffer = NativeBuffer.allocate(READ_BYTES)) {
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      while (true) {
        int count = FileCalls.read(walk.number(), buffer.address(), buffer.capacity());
        if (Errno.EAGAIN.returnedBy(count)) {
          continue; // Many objects in a row gave nothing; the kernel wants to be asked again.
        }
        if (SyscallException.check(count, "read", walk.number()) == 0) {
          return all.toByteArray();
        }
        all.writeBytes(buffer.get(0, count));
      }
    }
  }

  /** Its link, to be pinned; it stays this object's. */
  public BpfLink link() {
    return link;
  }

  /** Lets go of the link; idempotent. */
  @Override
  public void close() throws SyscallException {
    link.close();
  }
}
