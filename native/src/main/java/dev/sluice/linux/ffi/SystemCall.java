// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.ffi;

import dev.sluice.linux.Architecture;

/**
 * System calls that go by number, because the C library has no function for them. The numbers are
 * from {@code arch/x86/entry/syscalls/syscall_64.tbl} and {@code scripts/syscall.tbl} (arm64 uses
 * the generic table). Immutable.
 */
enum SystemCall {
  CAPGET(125, 90),
  BPF(321, 280),
  PIDFD_OPEN(434, 434),
  CLOSE_RANGE(436, 436),
  OPENAT2(437, 437),
  PIDFD_GETFD(438, 438);

  private final long x86;
  private final long generic;

  SystemCall(long x86, long generic) {
    this.x86 = x86;
    this.generic = generic;
  }

  /** The number on the architecture of this process. */
  long number() {
    return on(Architecture.current());
  }

  long on(Architecture architecture) {
    return switch (architecture) {
      case X86_64 -> x86;
      case AARCH64 -> generic;
    };
  }
}
