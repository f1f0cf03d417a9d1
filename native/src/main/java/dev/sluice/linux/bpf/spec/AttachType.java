// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf.spec;

import org.jspecify.annotations.Nullable;

/**
 * Where a program is attached: {@code enum bpf_attach_type} of {@code linux/bpf.h} without its
 * {@code BPF_} prefix, with the type of program that goes there and the section name that libbpf's
 * table of sections gives it. Immutable.
 */
public enum AttachType {
  /** Since Linux 4.10. */
  CGROUP_INET_INGRESS(0, ProgramType.CGROUP_SKB, "cgroup_skb/ingress"),
  /** Since Linux 4.10. */
  CGROUP_INET_EGRESS(1, ProgramType.CGROUP_SKB, "cgroup_skb/egress"),
  /** Since Linux 4.10. */
  CGROUP_INET_SOCK_CREATE(2, ProgramType.CGROUP_SOCK, "cgroup/sock_create"),
  /** Since Linux 4.13. */
  CGROUP_SOCK_OPS(3, ProgramType.SOCK_OPS, "sockops"),
  /** Since Linux 4.14. */
  SK_SKB_STREAM_PARSER(4, ProgramType.SK_SKB, "sk_skb/stream_parser"),
  /** Since Linux 4.14. */
  SK_SKB_STREAM_VERDICT(5, ProgramType.SK_SKB, "sk_skb/stream_verdict"),
  /** Since Linux 4.17. */
  SK_MSG_VERDICT(7, ProgramType.SK_MSG, "sk_msg"),
  /** Since Linux 4.17. */
  CGROUP_INET4_BIND(8, ProgramType.CGROUP_SOCK_ADDR, "cgroup/bind4"),
  /** Since Linux 4.17. */
  CGROUP_INET6_BIND(9, ProgramType.CGROUP_SOCK_ADDR, "cgroup/bind6"),
  /** Since Linux 4.17. */
  CGROUP_INET4_CONNECT(10, ProgramType.CGROUP_SOCK_ADDR, "cgroup/connect4"),
  /** Since Linux 4.17. */
  CGROUP_INET6_CONNECT(11, ProgramType.CGROUP_SOCK_ADDR, "cgroup/connect6"),
  /** Since Linux 4.17. */
  CGROUP_INET4_POST_BIND(12, ProgramType.CGROUP_SOCK, "cgroup/post_bind4"),
  /** Since Linux 4.17. */
  CGROUP_INET6_POST_BIND(13, ProgramType.CGROUP_SOCK, "cgroup/post_bind6"),
  /** Since Linux 4.18. */
  CGROUP_UDP4_SENDMSG(14, ProgramType.CGROUP_SOCK_ADDR, "cgroup/sendmsg4"),
  /** Since Linux 4.18. */
  CGROUP_UDP6_SENDMSG(15, ProgramType.CGROUP_SOCK_ADDR, "cgroup/sendmsg6"),
  /** Since Linux 5.2. */
  CGROUP_UDP4_RECVMSG(19, ProgramType.CGROUP_SOCK_ADDR, "cgroup/recvmsg4"),
  /** Since Linux 5.2. */
  CGROUP_UDP6_RECVMSG(20, ProgramType.CGROUP_SOCK_ADDR, "cgroup/recvmsg6"),
  /** Since Linux 5.3. */
  CGROUP_GETSOCKOPT(21, ProgramType.CGROUP_SOCKOPT, "cgroup/getsockopt"),
  /** Since Linux 5.3. */
  CGROUP_SETSOCKOPT(22, ProgramType.CGROUP_SOCKOPT, "cgroup/setsockopt"),
  /** Since Linux 5.8. */
  TRACE_ITER(28, ProgramType.TRACING, "iter"),
  /** Since Linux 5.8. */
  CGROUP_INET4_GETPEERNAME(29, ProgramType.CGROUP_SOCK_ADDR, "cgroup/getpeername4"),
  /** Since Linux 5.8. */
  CGROUP_INET6_GETPEERNAME(30, ProgramType.CGROUP_SOCK_ADDR, "cgroup/getpeername6"),
  /** Since Linux 5.8. */
  CGROUP_INET4_GETSOCKNAME(31, ProgramType.CGROUP_SOCK_ADDR, "cgroup/getsockname4"),
  /** Since Linux 5.8. */
  CGROUP_INET6_GETSOCKNAME(32, ProgramType.CGROUP_SOCK_ADDR, "cgroup/getsockname6"),
  /** Since Linux 5.9. */
  CGROUP_INET_SOCK_RELEASE(34, ProgramType.CGROUP_SOCK, "cgroup/sock_release"),
  /** Since Linux 5.9. */
  SK_LOOKUP(36, ProgramType.SK_LOOKUP, "sk_lookup"),
  /** Since Linux 5.13. */
  SK_SKB_VERDICT(38, ProgramType.SK_SKB, "sk_skb/verdict");

  private final int number;
  private final ProgramType programType;
  private final String section;

  AttachType(int number, ProgramType programType, String section) {
    this.number = number;
    this.programType = programType;
    this.section = section;
  }

  /** Its number in the kernel's interface. */
  public int number() {
    return number;
  }

  /** The type of the programs that go there. */
  public ProgramType programType() {
    return programType;
  }

  /** The ELF section of programs for it; of iterators, what stands before the slash. */
  public String section() {
    return section;
  }

  /** True for the hooks of a cgroup. */
  public boolean isCgroup() {
    return switch (programType) {
      case CGROUP_SKB, CGROUP_SOCK, CGROUP_SOCK_ADDR, CGROUP_SOCKOPT, SOCK_OPS -> true;
      case SOCKET_FILTER, SK_SKB, SK_MSG, RAW_TRACEPOINT, TRACING, SK_LOOKUP -> false;
    };
  }

  /** The one of that number, or null if it isn't known here. */
  public static @Nullable AttachType of(int number) {
    for (AttachType type : values()) {
      if (type.number == number) {
        return type;
      }
    }
    return null;
  }
}
