// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.ffi;

import dev.sluice.linux.Architecture;
import dev.sluice.linux.Errno;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Calls on any descriptor: <a href="https://man7.org/linux/man-pages/man2/open.2.html">open(2)</a>,
 * read(2), flock(2), close(2), ioctl(2). Each returns 0 or more, or {@code -errno}. Thread-safe.
 */
public final class FileCalls {
  private static final int O_RDONLY_CLOEXEC = 0x80000;
  private static final int O_PATH_CLOEXEC = 0x200000 | 0x80000;
  private static final int RESOLVE_NO_MAGICLINKS = 0x02;
  private static final int RESOLVE_IN_ROOT = 0x10;
  private static final int F_SETFD = 2;
  private static final int LOCK_EX_NB = 2 | 4;
  private static final int F_DUPFD_CLOEXEC = 1030;
  private static final long NS_GET_NSTYPE = 0xb703;
  private static final long SIOCGSKNS = 0x894c;

  private static final CFunction OPEN = CFunction.named("open");
  private static final CFunction SYSCALL = CFunction.named("syscall");
  private static final CFunction READ = CFunction.named("read");
  private static final CFunction CLOSE = CFunction.named("close");
  private static final CFunction FLOCK = CFunction.named("flock");
  private static final CFunction FCNTL = CFunction.named("fcntl");
  private static final CFunction IOCTL = CFunction.named("ioctl");

  private FileCalls() {}

  /** Opens for reading, not inherited by programs; retried after a signal. */
  public static int open(String path) {
    return open(path, O_RDONLY_CLOEXEC);
  }

  /** Finds a file without opening it: {@code O_PATH}. */
  public static int find(String path) {
    return open(path, O_PATH_CLOEXEC);
  }

  /** The same; of a link the link itself: {@code O_NOFOLLOW}. */
  public static int findItself(String path) {
    int nofollow =
        switch (Architecture.current()) {
          case X86_64 -> 0x20000;
          case AARCH64 -> 0x8000;
        };
    return open(path, O_PATH_CLOEXEC | nofollow);
  }

  /**
   * The same below an open folder, which {@code path} can't leave: openat2(2) with {@code
   * RESOLVE_IN_ROOT} and {@code RESOLVE_NO_MAGICLINKS}.
   */
  public static int findInRoot(int folder, String path) {
    Scratch scratch = Scratch.current();
    try (Arena arena = Arena.ofConfined()) {
      // struct open_how: flags, mode, resolve
      MemorySegment how =
          arena.allocateFrom(
              ValueLayout.JAVA_LONG, O_PATH_CLOEXEC, 0, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
      return SYSCALL.call(
          scratch,
          SystemCall.OPENAT2.number(),
          folder,
          arena.allocateFrom(path).address(),
          how.address(),
          how.byteSize());
    }
  }

  private static int open(String path, int flags) {
    Scratch scratch = Scratch.current();
    try (Arena arena = Arena.ofConfined()) {
      var text = arena.allocateFrom(path);
      int result;
      do {
        result = OPEN.call(scratch, text.address(), flags);
      } while (Errno.EINTR.returnedBy(result));
      return result;
    }
  }

  /** Reads into {@code address}; 0 is the end of the stream. Retried after a signal. */
  public static int read(int descriptor, long address, int length) {
    Scratch scratch = Scratch.current();
    int result;
    do {
      result = READ.call(scratch, descriptor, address, length);
    } while (Errno.EINTR.returnedBy(result));
    return result;
  }

  /** Locks an open file or folder if nobody else has it locked; EWOULDBLOCK (EAGAIN) otherwise. */
  public static int tryLock(int descriptor) {
    Scratch scratch = Scratch.current();
    return FLOCK.call(scratch, descriptor, LOCK_EX_NB);
  }

  /** Another descriptor for the same open file, not inherited by programs. */
  public static int duplicate(int descriptor) {
    return control(descriptor, F_DUPFD_CLOEXEC, 0);
  }

  /** Has programs that this process becomes inherit the descriptor; 0 or {@code -errno}. */
  public static int keepOnExec(int descriptor) {
    return control(descriptor, F_SETFD, 0);
  }

  /** fcntl(2) with a number for an argument. */
  static int control(int descriptor, int command, int argument) {
    Scratch scratch = Scratch.current();
    return FCNTL.call(scratch, descriptor, command, argument);
  }

  /** Never retried: the number is free again whatever is returned. */
  public static int close(int descriptor) {
    Scratch scratch = Scratch.current();
    return CLOSE.call(scratch, descriptor);
  }

  /** The CLONE_NEW* constant of the namespace that a descriptor stands for; since Linux 4.11. */
  public static int namespaceType(int descriptor) {
    return ioctl(descriptor, NS_GET_NSTYPE);
  }

  /** A descriptor for the network namespace of a socket; since Linux 4.10, needs CAP_NET_ADMIN. */
  public static int namespaceOfSocket(int descriptor) {
    return ioctl(descriptor, SIOCGSKNS);
  }

  private static int ioctl(int descriptor, long request) {
    Scratch scratch = Scratch.current();
    return IOCTL.call(scratch, descriptor, request);
  }
}
