// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.socket;

import dev.sluice.linux.Errno;
import dev.sluice.linux.SyscallException;
import dev.sluice.linux.ffi.OptionCalls;
import dev.sluice.linux.ffi.SocketConstants;
import java.net.InetSocketAddress;

/**
 * Socket options in the kernel's spelling, for both families. {@code family} is the socket's own
 * one, except in {@link #originalDestination}. Every method throws {@link SyscallException} with
 * the option's name. Thread-safe; options are set once a connection, not on its byte path. See <a
 * href="https://man7.org/linux/man-pages/man7/ip.7.html">ip(7)</a> and <a
 * href="https://man7.org/linux/man-pages/man7/ipv6.7.html">ipv6(7)</a>.
 */
public final class SocketOptions {
  private static final String NEEDS_NET = "needs CAP_NET_ADMIN or CAP_NET_RAW";

  private SocketOptions() {}

  /**
   * IP_TRANSPARENT, or IPV6_TRANSPARENT (Linux 2.6.37): bind to foreign addresses, and accept what
   * TPROXY steers here. Needs CAP_NET_ADMIN or CAP_NET_RAW.
   */
  public static void setIpTransparent(int fd, AddressFamily family, boolean on)
      throws SyscallException {
    switch (family) {
      case INET ->
          set(fd, SocketConstants.SOL_IP, SocketConstants.IP_TRANSPARENT, on, "IP_TRANSPARENT");
      case INET6 ->
          set(
              fd,
              SocketConstants.SOL_IPV6,
              SocketConstants.IPV6_TRANSPARENT,
              on,
              "IPV6_TRANSPARENT");
    }
  }

  /** Reads what {@link #setIpTransparent} set. */
  public static boolean ipTransparent(int fd, AddressFamily family) throws SyscallException {
    return switch (family) {
      case INET ->
          flag(fd, SocketConstants.SOL_IP, SocketConstants.IP_TRANSPARENT, "IP_TRANSPARENT");
      case INET6 ->
          flag(fd, SocketConstants.SOL_IPV6, SocketConstants.IPV6_TRANSPARENT, "IPV6_TRANSPARENT");
    };
  }

  /** IP_FREEBIND, or IPV6_FREEBIND (Linux 4.15): bind to an address that no interface has (yet). */
  public static void setIpFreebind(int fd, AddressFamily family, boolean on)
      throws SyscallException {
    switch (family) {
      case INET -> set(fd, SocketConstants.SOL_IP, SocketConstants.IP_FREEBIND, on, "IP_FREEBIND");
      case INET6 ->
          set(fd, SocketConstants.SOL_IPV6, SocketConstants.IPV6_FREEBIND, on, "IPV6_FREEBIND");
    }
  }

  /** Reads what {@link #setIpFreebind} set. */
  public static boolean ipFreebind(int fd, AddressFamily family) throws SyscallException {
    return switch (family) {
      case INET -> flag(fd, SocketConstants.SOL_IP, SocketConstants.IP_FREEBIND, "IP_FREEBIND");
      case INET6 ->
          flag(fd, SocketConstants.SOL_IPV6, SocketConstants.IPV6_FREEBIND, "IPV6_FREEBIND");
    };
  }

  /**
   * IP_BIND_ADDRESS_NO_PORT (Linux 4.2): binding to port 0 leaves the choice to connect, which then
   * only needs the four-tuple to be free. One option for both families.
   */
  public static void setIpBindAddressNoPort(int fd, boolean on) throws SyscallException {
    set(
        fd,
        SocketConstants.SOL_IP,
        SocketConstants.IP_BIND_ADDRESS_NO_PORT,
        on,
        "IP_BIND_ADDRESS_NO_PORT");
  }

  /** Reads what {@link #setIpBindAddressNoPort} set. */
  public static boolean ipBindAddressNoPort(int fd) throws SyscallException {
    return flag(
        fd,
        SocketConstants.SOL_IP,
        SocketConstants.IP_BIND_ADDRESS_NO_PORT,
        "IP_BIND_ADDRESS_NO_PORT");
  }

  /** IPV6_V6ONLY: an AF_INET6 socket carries no IPv4. Before bind only. */
  public static void setIpv6Only(int fd, boolean on) throws SyscallException {
    set(fd, SocketConstants.SOL_IPV6, SocketConstants.IPV6_V6ONLY, on, "IPV6_V6ONLY");
  }

  /** Reads what {@link #setIpv6Only} set. */
  public static boolean ipv6Only(int fd) throws SyscallException {
    return flag(fd, SocketConstants.SOL_IPV6, SocketConstants.IPV6_V6ONLY, "IPV6_V6ONLY");
  }

  /**
   * SO_MARK, the firewall mark of what the socket sends. Needs CAP_NET_ADMIN, or CAP_NET_RAW since
   * Linux 5.17.
   *
   * @param mark 32 bits; 0 is no mark
   */
  public static void setMark(int fd, int mark) throws SyscallException {
    setInt(fd, SocketConstants.SOL_SOCKET, SocketConstants.SO_MARK, mark, "SO_MARK");
  }

  /** SO_MARK; an accepted socket has its SYN's mark if net.ipv4.tcp_fwmark_accept is 1. */
  public static int mark(int fd) throws SyscallException {
    return getInt(fd, SocketConstants.SOL_SOCKET, SocketConstants.SO_MARK, "SO_MARK");
  }

  /** SO_REUSEADDR. */
  public static void setReuseAddress(int fd, boolean on) throws SyscallException {
    set(fd, SocketConstants.SOL_SOCKET, SocketConstants.SO_REUSEADDR, on, "SO_REUSEADDR");
  }

  /** Reads what {@link #setReuseAddress} set. */
  public static boolean reuseAddress(int fd) throws SyscallException {
    return flag(fd, SocketConstants.SOL_SOCKET, SocketConstants.SO_REUSEADDR, "SO_REUSEADDR");
  }

  /** SO_REUSEPORT: several sockets of one user share an address and the load. */
  public static void setReusePort(int fd, boolean on) throws SyscallException {
    set(fd, SocketConstants.SOL_SOCKET, SocketConstants.SO_REUSEPORT, on, "SO_REUSEPORT");
  }

  /** Reads what {@link #setReusePort} set. */
  public static boolean reusePort(int fd) throws SyscallException {
    return flag(fd, SocketConstants.SOL_SOCKET, SocketConstants.SO_REUSEPORT, "SO_REUSEPORT");
  }

  /** SO_KEEPALIVE, with the times of net.ipv4.tcp_keepalive_*. */
  public static void setKeepAlive(int fd, boolean on) throws SyscallException {
    set(fd, SocketConstants.SOL_SOCKET, SocketConstants.SO_KEEPALIVE, on, "SO_KEEPALIVE");
  }

  /** Reads what {@link #setKeepAlive} set. */
  public static boolean keepAlive(int fd) throws SyscallException {
    return flag(fd, SocketConstants.SOL_SOCKET, SocketConstants.SO_KEEPALIVE, "SO_KEEPALIVE");
  }

  /** TCP_NODELAY: small writes leave at once. */
  public static void setTcpNoDelay(int fd, boolean on) throws SyscallException {
    set(fd, SocketConstants.IPPROTO_TCP, SocketConstants.TCP_NODELAY, on, "TCP_NODELAY");
  }

  /** Reads what {@link #setTcpNoDelay} set. */
  public static boolean tcpNoDelay(int fd) throws SyscallException {
    return flag(fd, SocketConstants.IPPROTO_TCP, SocketConstants.TCP_NODELAY, "TCP_NODELAY");
  }

  /**
   * TCP_CONGESTION: by what the socket, and those that are accepted from it, decides how much to
   * send at a time. Without privilege it has to be one of {@code
   * net.ipv4.tcp_allowed_congestion_control}.
   *
   * @throws SyscallException ENOENT if the kernel has none of this name, EPERM if it isn't allowed
   */
  public static void setCongestionControl(int fd, String name) throws SyscallException {
    SyscallException.check(
        OptionCalls.setText(fd, SocketConstants.IPPROTO_TCP, SocketConstants.TCP_CONGESTION, name),
        "setsockopt(TCP_CONGESTION)",
        fd);
  }

  /** Reads it; what is new has that of {@code net.ipv4.tcp_congestion_control}. */
  public static String congestionControl(int fd) throws SyscallException {
    return value(
        OptionCalls.getText(fd, SocketConstants.IPPROTO_TCP, SocketConstants.TCP_CONGESTION),
        "getsockopt(TCP_CONGESTION)",
        fd);
  }

  /** SO_LINGER on with 0 seconds: closing throws unsent bytes away and sends RST, not FIN. */
  public static void setLingerZero(int fd) throws SyscallException {
    SyscallException.check(OptionCalls.setLinger(fd, true, 0), "setsockopt(SO_LINGER)", fd);
  }

  /**
   * SO_ORIGINAL_DST or IP6T_SO_ORIGINAL_DST: where an accepted connection went before REDIRECT or
   * DNAT, from conntrack in the socket's namespace. Without a translation it is the local address.
   *
   * @param family of the connection's addresses: {@link AddressFamily#INET} for an IPv4 client of
   *     an AF_INET6 listener
   * @throws SyscallException ENOENT if conntrack has no entry, ENOPROTOOPT if it is not loaded
   */
  public static InetSocketAddress originalDestination(int fd, AddressFamily family)
      throws SyscallException {
    return switch (family) {
      case INET ->
          value(
              OptionCalls.getAddress(fd, SocketConstants.SOL_IP, SocketConstants.SO_ORIGINAL_DST),
              "getsockopt(SO_ORIGINAL_DST)",
              fd);
      case INET6 ->
          value(
              OptionCalls.getAddress(fd, SocketConstants.SOL_IPV6, SocketConstants.SO_ORIGINAL_DST),
              "getsockopt(IP6T_SO_ORIGINAL_DST)",
              fd);
    };
  }

  /** SO_COOKIE (Linux 4.12): this socket's number since boot, unsigned, never used twice. */
  public static long cookie(int fd) throws SyscallException {
    return value(
        OptionCalls.getLong(fd, SocketConstants.SOL_SOCKET, SocketConstants.SO_COOKIE),
        "getsockopt(SO_COOKIE)",
        fd);
  }

  /** SO_NETNS_COOKIE (Linux 5.14): the number of the socket's network namespace, unsigned. */
  public static long netnsCookie(int fd) throws SyscallException {
    return value(
        OptionCalls.getLong(fd, SocketConstants.SOL_SOCKET, SocketConstants.SO_NETNS_COOKIE),
        "getsockopt(SO_NETNS_COOKIE)",
        fd);
  }

  /** TCP_INFO, as far as this kernel knows it. */
  public static TcpInfo tcpInfo(int fd) throws SyscallException {
    return TcpInfo.of(value(OptionCalls.getTcpInfo(fd), "getsockopt(TCP_INFO)", fd));
  }

  static <T> T value(OptionCalls.Read<T> read, String call, int fd) throws SyscallException {
    T value = read.value();
    if (value == null) {
      throw new SyscallException(call, read.errno(), "on descriptor " + fd);
    }
    return value;
  }

  private static boolean flag(int fd, int level, int option, String name) throws SyscallException {
    return getInt(fd, level, option, name) != 0;
  }

  private static int getInt(int fd, int level, int option, String name) throws SyscallException {
    return value(OptionCalls.getInt(fd, level, option), "getsockopt(" + name + ")", fd);
  }

  private static void set(int fd, int level, int option, boolean on, String name)
      throws SyscallException {
    setInt(fd, level, option, on ? 1 : 0, name);
  }

  private static void setInt(int fd, int level, int option, int value, String name)
      throws SyscallException {
    int result = OptionCalls.setInt(fd, level, option, value);
    if (result < 0) {
      throw new SyscallException(
          "setsockopt(" + name + ")",
          -result,
          "on descriptor " + fd,
          Errno.EPERM.returnedBy(result) ? NEEDS_NET : "");
    }
  }
}
