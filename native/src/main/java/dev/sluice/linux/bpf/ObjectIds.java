// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf;

import dev.sluice.linux.Errno;
import dev.sluice.linux.FileDescriptor;
import dev.sluice.linux.SyscallException;
import dev.sluice.linux.ffi.BpfAttr;
import dev.sluice.linux.ffi.BpfCommand;
import dev.sluice.linux.ffi.BpfOffsets.ObjectId;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Lists all eBPF objects of this machine, everybody's, by id (Linux 4.13, links 5.8). Needs
 * CAP_SYS_ADMIN. An object may be gone by the time that it is opened.
 */
public final class ObjectIds {

  private ObjectIds() {}

  /** The kinds of objects that have ids. */
  enum Kind {
    PROGRAM("bpf-prog", BpfCommand.BPF_PROG_GET_NEXT_ID, BpfCommand.BPF_PROG_GET_FD_BY_ID),
    MAP("bpf-map", BpfCommand.BPF_MAP_GET_NEXT_ID, BpfCommand.BPF_MAP_GET_FD_BY_ID),
    LINK("bpf-link", BpfCommand.BPF_LINK_GET_NEXT_ID, BpfCommand.BPF_LINK_GET_FD_BY_ID),
    BTF("btf", BpfCommand.BPF_BTF_GET_NEXT_ID, BpfCommand.BPF_BTF_GET_FD_BY_ID);

    private final String descriptorName;
    private final BpfCommand next;
    private final BpfCommand open;

    Kind(String descriptorName, BpfCommand next, BpfCommand open) {
      this.descriptorName = descriptorName;
      this.next = next;
      this.open = open;
    }

    /** For messages. */
    String label() {
      return name().toLowerCase(Locale.ROOT);
    }

    /** What /proc shows of a descriptor of the kind. */
    String descriptorName() {
      return descriptorName;
    }

    FileDescriptor open(int id) throws SyscallException {
      try (BpfAttr attr = BpfAttr.of(ObjectId.BYTES).u32(ObjectId.START_ID, id)) {
        return BpfCall.open(attr, open, "of " + label() + " " + id);
      }
    }

    List<Integer> all() throws SyscallException {
      List<Integer> ids = new ArrayList<>();
      int id = 0;
      while (true) {
        try (BpfAttr attr = BpfAttr.of(ObjectId.BYTES).u32(ObjectId.START_ID, id)) {
          int result = attr.call(next);
          if (Errno.ENOENT.returnedBy(result)) {
            return ids;
          }
          if (result < 0) {
            throw BpfCall.failure(next, -result, "after id " + id);
          }
          id = attr.u32(ObjectId.NEXT_ID);
          ids.add(id);
        }
      }
    }
  }

  /** The ids of all programs, in order. */
  public static List<Integer> programs() throws SyscallException {
    return Kind.PROGRAM.all();
  }

  /** The ids of all maps, in order. */
  public static List<Integer> maps() throws SyscallException {
    return Kind.MAP.all();
  }

  /** The ids of all links, in order. */
  public static List<Integer> links() throws SyscallException {
    return Kind.LINK.all();
  }

  /** The ids of all type information, the kernel's own among it, in order. */
  public static List<Integer> types() throws SyscallException {
    return Kind.BTF.all();
  }
}
