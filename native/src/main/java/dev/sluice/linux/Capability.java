// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux;

import dev.sluice.linux.ffi.ProcessCalls;

/**
 * The privileges of <a
 * href="https://man7.org/linux/man-pages/man7/capabilities.7.html">capabilities(7)</a> that Sluice
 * may need. Immutable.
 */
public enum Capability {
  CAP_SETGID(6),
  CAP_SETPCAP(8),
  CAP_NET_BIND_SERVICE(10),
  CAP_NET_ADMIN(12),
  CAP_NET_RAW(13),
  CAP_SYS_PTRACE(19),
  CAP_SYS_ADMIN(21),
  CAP_SYS_RESOURCE(24),
  /** Since Linux 5.8; before, CAP_SYS_ADMIN. */
  CAP_PERFMON(38),
  /** Since Linux 5.8; before, CAP_SYS_ADMIN. */
  CAP_BPF(39);

  private final int bit;

  Capability(int bit) {
    this.bit = bit;
  }

  /** Its bit in the kernel's sets. */
  public int bit() {
    return bit;
  }

  /**
   * All that the calling thread has or could make effective, those that have no name here too, each
   * at its {@link #bit()}.
   *
   * @throws SyscallException if the kernel does not answer capget(2)
   */
  public static long permitted() throws SyscallException {
    long set = ProcessCalls.permittedCapabilities();
    if (set < 0) {
      throw new SyscallException("capget", (int) -set, "of the calling thread");
    }
    return set;
  }

  /**
   * True if the calling thread has it in its effective set, for its own user namespace. Having it
   * is no promise that a call works: a seccomp filter or another user namespace may still say no.
   *
   * @throws SyscallException if the kernel does not answer capget(2)
   */
  public boolean effective() throws SyscallException {
    long set = ProcessCalls.effectiveCapabilities();
    if (set < 0) {
      throw new SyscallException("capget", (int) -set, "of the calling thread");
    }
    return (set >>> bit & 1) != 0;
  }
}
