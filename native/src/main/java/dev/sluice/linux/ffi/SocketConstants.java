// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.ffi;

/**
 * Levels and options, in the kernel's spelling, from {@code asm-generic/socket.h}, {@code
 * linux/in.h}, {@code linux/in6.h}, {@code linux/tcp.h} and {@code linux/netfilter_ipv4.h}/{@code
 * linux/netfilter_ipv6/ip6_tables.h}. The same on x86-64 and arm64.
 */
public final class SocketConstants {
  public static final int SOL_IP = 0;
  public static final int SOL_SOCKET = 1;
  public static final int IPPROTO_TCP = 6;
  public static final int SOL_IPV6 = 41;

  public static final int SO_REUSEADDR = 2;
  public static final int SO_ERROR = 4;
  public static final int SO_KEEPALIVE = 9;
  public static final int SO_LINGER = 13;
  public static final int SO_REUSEPORT = 15;
  public static final int SO_PEERCRED = 17;
  public static final int SO_MARK = 36;
  public static final int SO_COOKIE = 57;
  public static final int SO_PEERGROUPS = 59;
  public static final int SO_NETNS_COOKIE = 71;

  public static final int IP_FREEBIND = 15;
  public static final int IP_TRANSPARENT = 19;
  public static final int IP_BIND_ADDRESS_NO_PORT = 24;
  public static final int IPV6_V6ONLY = 26;
  public static final int IPV6_TRANSPARENT = 75;
  public static final int IPV6_FREEBIND = 78;

  /** Also IP6T_SO_ORIGINAL_DST: the level tells the two apart. */
  public static final int SO_ORIGINAL_DST = 80;

  public static final int TCP_NODELAY = 1;
  public static final int TCP_INFO = 11;
  public static final int TCP_CONGESTION = 13;

  private SocketConstants() {}
}
