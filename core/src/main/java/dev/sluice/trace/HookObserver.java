// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import dev.sluice.linux.Errno;
import dev.sluice.linux.SyscallException;
import dev.sluice.linux.bpf.AttachOrder;
import dev.sluice.linux.bpf.BpfCollection;
import dev.sluice.linux.bpf.BpfLink;
import dev.sluice.linux.bpf.BpfLoadException;
import dev.sluice.linux.bpf.BpfObjects;
import dev.sluice.linux.bpf.BpfProgram;
import dev.sluice.linux.bpf.Cgroup;
import dev.sluice.linux.bpf.LoadOptions;
import dev.sluice.linux.bpf.spec.AttachType;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import java.util.Set;

/**
 * A program of ours between those of others on a hook of addresses of a cgroup. It notes what it
 * sees of one socket; detached by close, and when the process ends. Confined to one thread.
 */
final class HookObserver implements AutoCloseable {
  private static final int VALUE_BYTES = 48;
  private static final int AT = 8;
  private static final int ADDRESS = 16;
  private static final int PORT = 32;
  private static final int RAN = 36;
  private static final int REFUSED = 40;

  private final BpfCollection loaded;
  private final BpfLink link;
  private final int programId;
  private final boolean v4;

  private HookObserver(BpfCollection loaded, BpfLink link, int programId, boolean v4) {
    this.loaded = loaded;
    this.link = link;
    this.programId = programId;
    this.v4 = v4;
  }

  /**
   * What it saw.
   *
   * @param refused the error with which a program before it refused; empty if none has
   * @param nanos when, by CLOCK_MONOTONIC
   */
  record Seen(InetSocketAddress address, Optional<String> refused, long nanos) {}

  /**
   * Attaches one.
   *
   * @return empty if the kernel can't put one there: it can't order programs, doesn't tell
   *     refusals, or there is no link to stand next to
   */
  static Optional<HookObserver> attach(Cgroup cgroup, AttachType hook, AttachOrder order)
      throws IOException {
    boolean v4 = hook.section().endsWith("4");
    String name = hook.section().replace("cgroup/", "trace_");
    BpfCollection loaded;
    try {
      loaded =
          BpfCollection.load(
              BpfObjects.parse("trace"), LoadOptions.everything().withPrograms(Set.of(name)));
    } catch (BpfLoadException e) {
      return Optional.empty(); // This kernel doesn't tell whether a program has refused.
    }
    try {
      BpfProgram program = loaded.program(name);
      BpfLink link = cgroup.attach(program, hook, order);
      return Optional.of(new HookObserver(loaded, link, program.info().id(), v4));
    } catch (SyscallException e) {
      loaded.close();
      if (e.is(Errno.EINVAL) || e.is(Errno.EPERM) || e.is(Errno.ENOENT)) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /** The kernel's number of its program. */
  int programId() {
    return programId;
  }

  /** From now on it notes what happens to that socket. */
  void watch(long cookie) throws IOException {
    ByteBuffer value = ByteBuffer.allocate(VALUE_BYTES).order(ByteOrder.nativeOrder());
    loaded.map("watched").put(new byte[Integer.BYTES], value.putLong(cookie).array());
  }

  /** What it saw of the socket; empty if it did not run for it. */
  Optional<Seen> seen() throws IOException {
    byte[] bytes = loaded.map("watched").lookup(new byte[Integer.BYTES]);
    if (bytes == null) {
      return Optional.empty();
    }
    ByteBuffer value = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
    if (value.getInt(RAN) == 0) {
      return Optional.empty();
    }
    byte[] address = new byte[v4 ? 4 : 16];
    value.get(ADDRESS, address);
    int port = ((bytes[PORT] & 0xff) << 8) | (bytes[PORT + 1] & 0xff);
    int refused = value.getInt(REFUSED);
    return Optional.of(
        new Seen(
            new InetSocketAddress(InetAddress.getByAddress(address), port),
            refused == 0 ? Optional.empty() : Optional.of(Errno.describe(-refused)),
            value.getLong(AT)));
  }

  @Override
  public void close() throws IOException {
    try (BpfCollection _ = loaded;
        BpfLink _ = link) {
      // Both, in this order: the link first.
    }
  }
}
