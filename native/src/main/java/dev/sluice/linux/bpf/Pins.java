// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf;

import dev.sluice.linux.Errno;
import dev.sluice.linux.FileDescriptor;
import dev.sluice.linux.SyscallException;
import dev.sluice.linux.ffi.BpfAttr;
import dev.sluice.linux.ffi.BpfCommand;
import dev.sluice.linux.ffi.BpfOffsets.Pin;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** {@code BPF_OBJ_PIN} and {@code BPF_OBJ_GET} (Linux 4.4). */
final class Pins {

  private Pins() {}

  static void pin(FileDescriptor object, Path path, String what) throws SyscallException {
    try (BpfAttr attr =
        BpfAttr.of(Pin.BYTES)
            .text(Pin.PATHNAME, path.toString())
            .u32(Pin.BPF_FD, object.number())) {
      int result = attr.call(BpfCommand.BPF_OBJ_PIN);
      if (result < 0) {
        throw new SyscallException(
            "bpf(BPF_OBJ_PIN)", -result, "of " + what + " at " + path, hint(-result));
      }
    }
  }

  /** A descriptor of what is pinned, if it is of that kind. */
  static FileDescriptor get(Path path, ObjectIds.Kind kind) throws SyscallException {
    String what = kind.label();
    try (BpfAttr attr = BpfAttr.of(Pin.BYTES).text(Pin.PATHNAME, path.toString())) {
      int result = attr.call(BpfCommand.BPF_OBJ_GET);
      if (result < 0) {
        throw new SyscallException(
            "bpf(BPF_OBJ_GET)", -result, "of " + what + " " + path, hint(-result));
      }
      FileDescriptor descriptor = FileDescriptor.owning(result);
      String name = descriptorName(descriptor);
      if (!name.equals(kind.descriptorName())) {
        descriptor.close();
        throw new SyscallException(
            "bpf(BPF_OBJ_GET)",
            Errno.EINVAL.number(),
            "of " + what + " " + path,
            "something else is pinned there: " + name);
      }
      return descriptor;
    }
  }

  /** Every kind of object answers BPF_OBJ_GET_INFO_BY_FD, with nothing in it to tell the kind. */
  private static String descriptorName(FileDescriptor descriptor) throws SyscallException {
    Path link = Path.of("/proc/self/fd/" + descriptor.number());
    try {
      String target = Files.readSymbolicLink(link).toString();
      return target.replace("anon_inode:", "").replace('_', '-');
    } catch (IOException e) {
      descriptor.close();
      SyscallException failure =
          new SyscallException("readlink", Errno.EIO.number(), "of " + link, "is /proc mounted?");
      failure.initCause(e);
      throw failure;
    }
  }

  private static String hint(int errno) {
    Errno known = Errno.of(errno);
    if (known == Errno.EINVAL) {
      return "expected a path inside a mounted bpf file system, whose last part has no dot";
    }
    if (known == Errno.EPERM) {
      return "expected a path inside a mounted bpf file system, whose last part has no dot, and"
          + " the right to use it";
    }
    return BpfCall.hint(errno);
  }
}
