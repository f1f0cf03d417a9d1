// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf.spec;

/**
 * What a program is to the kernel: its context, its helpers, where it may run. {@code enum
 * bpf_prog_type} of {@code linux/bpf.h}, as far as it is used here. Immutable.
 */
public enum ProgramType {
  /** Since Linux 3.19. */
  SOCKET_FILTER(1),
  /** Since Linux 4.10. */
  CGROUP_SKB(8),
  /** Since Linux 4.10. */
  CGROUP_SOCK(9),
  /** Since Linux 4.13. */
  SOCK_OPS(13),
  /** Since Linux 4.14. */
  SK_SKB(14),
  /** Since Linux 4.17. */
  SK_MSG(16),
  /** Since Linux 4.17. */
  RAW_TRACEPOINT(17),
  /** Since Linux 4.17. */
  CGROUP_SOCK_ADDR(18),
  /** Since Linux 5.3. */
  CGROUP_SOCKOPT(25),
  /** Since Linux 5.5; iterators since 5.8. */
  TRACING(26),
  /** Since Linux 5.9. */
  SK_LOOKUP(30);

  private final int number;

  ProgramType(int number) {
    this.number = number;
  }

  /** Its number in the kernel's interface. */
  public int number() {
    return number;
  }
}
