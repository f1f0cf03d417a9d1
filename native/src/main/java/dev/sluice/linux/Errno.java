// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux;

import org.jspecify.annotations.Nullable;

/**
 * The error numbers that Sluice tells apart, in the kernel's spelling; what each means is in <a
 * href="https://man7.org/linux/man-pages/man3/errno.3.html">errno(3)</a>. The numbers are those of
 * {@code asm-generic/errno.h}, which x86-64 and arm64 share. Immutable.
 */
public enum Errno {
  EPERM(1),
  ENOENT(2),
  ESRCH(3),
  EINTR(4),
  EIO(5),
  ENXIO(6),
  E2BIG(7),
  EBADF(9),
  EAGAIN(11),
  ENOMEM(12),
  EACCES(13),
  EFAULT(14),
  EBUSY(16),
  EEXIST(17),
  EXDEV(18),
  ENODEV(19),
  ENOTDIR(20),
  EISDIR(21),
  EINVAL(22),
  ENFILE(23),
  EMFILE(24),
  ENOTTY(25),
  ENOSPC(28),
  EROFS(30),
  EPIPE(32),
  ERANGE(34),
  ENAMETOOLONG(36),
  ENOSYS(38),
  ELOOP(40),
  ENODATA(61),
  ENOLINK(67),
  EPROTO(71),
  EOVERFLOW(75),
  ENOTSOCK(88),
  EDESTADDRREQ(89),
  EMSGSIZE(90),
  EPROTOTYPE(91),
  ENOPROTOOPT(92),
  EPROTONOSUPPORT(93),
  EOPNOTSUPP(95),
  EPFNOSUPPORT(96),
  EAFNOSUPPORT(97),
  EADDRINUSE(98),
  EADDRNOTAVAIL(99),
  ENETDOWN(100),
  ENETUNREACH(101),
  ENETRESET(102),
  ECONNABORTED(103),
  ECONNRESET(104),
  ENOBUFS(105),
  EISCONN(106),
  ENOTCONN(107),
  ESHUTDOWN(108),
  ETOOMANYREFS(109),
  ETIMEDOUT(110),
  ECONNREFUSED(111),
  EHOSTDOWN(112),
  EHOSTUNREACH(113),
  EALREADY(114),
  EINPROGRESS(115),
  ESTALE(116),
  ECANCELED(125),
  /** The kernel's own, which bpf(2) lets out for what a kind of object doesn't do. */
  ENOTSUPP(524);

  private static final @Nullable Errno[] BY_NUMBER = byNumber();

  private final int number;

  Errno(int number) {
    this.number = number;
  }

  /** The positive number. */
  public int number() {
    return number;
  }

  /**
   * True if {@code result}, as the calls of {@link dev.sluice.linux.socket.Sockets} return it, is
   * this error: {@code EAGAIN.returnedBy(-11)}.
   */
  public boolean returnedBy(int result) {
    return result == -number;
  }

  /** The constant of a positive error number, or null if Sluice has no name for it. */
  public static @Nullable Errno of(int errno) {
    return errno >= 0 && errno < BY_NUMBER.length ? BY_NUMBER[errno] : null;
  }

  /**
   * For messages: {@code ECONNREFUSED (111)}, or {@code errno 4095} for a number without a name.
   */
  public static String describe(int errno) {
    Errno known = of(errno);
    return known == null ? "errno " + errno : known + " (" + errno + ")";
  }

  private static @Nullable Errno[] byNumber() {
    @Nullable Errno[] table = new @Nullable Errno[ENOTSUPP.number + 1];
    for (Errno errno : values()) {
      table[errno.number] = errno;
    }
    return table;
  }
}
