// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.ffi;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.sluice.linux.Errno;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * <a href="https://man7.org/linux/man-pages/man2/getsockopt.2.html">getsockopt(2)</a>,
 * setsockopt(2), and the two calls that read a socket's addresses. What is read comes back as a
 * {@link Read}, so that a value can never be taken for an error. Thread-safe.
 */
public final class OptionCalls {
  private static final CFunction GETSOCKOPT = CFunction.named("getsockopt");
  private static final CFunction SETSOCKOPT = CFunction.named("setsockopt");
  private static final CFunction GETSOCKNAME = CFunction.named("getsockname");
  private static final CFunction GETPEERNAME = CFunction.named("getpeername");

  private OptionCalls() {}

  /**
   * What a call read.
   *
   * @param errno 0, or why there is no value
   * @param value null exactly if {@code errno} is not 0
   */
  public record Read<T>(int errno, @Nullable T value) {
    static <T> Read<T> failed(int result) {
      return new Read<>(-result, null);
    }

    static <T> Read<T> of(T value) {
      return new Read<>(0, value);
    }
  }

  /** Sets an int; 0 or {@code -errno}. */
  public static int setInt(int descriptor, int level, int option, int value) {
    Scratch scratch = Scratch.current();
    scratch.option().set(JAVA_INT, 0, value);
    return setsockopt(scratch, descriptor, level, option, Integer.BYTES);
  }

  /** Sets {@code struct linger}; 0 or {@code -errno}. */
  public static int setLinger(int descriptor, boolean on, int seconds) {
    Scratch scratch = Scratch.current();
    scratch.option().set(JAVA_INT, 0, on ? 1 : 0);
    scratch.option().set(JAVA_INT, Integer.BYTES, seconds);
    return setsockopt(
        scratch, descriptor, SocketConstants.SOL_SOCKET, SocketConstants.SO_LINGER, 8);
  }

  /** Sets a text of ASCII, of less than 512 bytes; 0 or {@code -errno}. */
  public static int setText(int descriptor, int level, int option, String value) {
    Scratch scratch = Scratch.current();
    scratch.option().setString(0, value, StandardCharsets.US_ASCII);
    return setsockopt(scratch, descriptor, level, option, value.length());
  }

  /** Reads a text of ASCII that ends with a zero byte, of less than 512 bytes. */
  public static Read<String> getText(int descriptor, int level, int option) {
    Scratch scratch = Scratch.current();
    scratch.option().fill((byte) 0);
    int result = getsockopt(scratch, descriptor, level, option, Scratch.OPTION_BYTES - 1);
    return result < 0
        ? Read.failed(result)
        : Read.of(scratch.option().getString(0, StandardCharsets.US_ASCII));
  }

  /** Reads an int. */
  public static Read<Integer> getInt(int descriptor, int level, int option) {
    Scratch scratch = Scratch.current();
    int result = getsockopt(scratch, descriptor, level, option, Integer.BYTES);
    return result < 0 ? Read.failed(result) : Read.of(scratch.option().get(JAVA_INT, 0));
  }

  /** SO_ERROR, which reading clears: 0 or the positive error, or {@code -errno} of this call. */
  public static int pendingError(int descriptor) {
    Scratch scratch = Scratch.current();
    int result =
        getsockopt(
            scratch,
            descriptor,
            SocketConstants.SOL_SOCKET,
            SocketConstants.SO_ERROR,
            Integer.BYTES);
    return result < 0 ? result : scratch.option().get(JAVA_INT, 0);
  }

  /** Reads 64 bits. */
  public static Read<Long> getLong(int descriptor, int level, int option) {
    Scratch scratch = Scratch.current();
    int result = getsockopt(scratch, descriptor, level, option, Long.BYTES);
    return result < 0 ? Read.failed(result) : Read.of(scratch.option().get(JAVA_LONG, 0));
  }

  /**
   * Reads SO_PEERCRED.
   *
   * @return process, user and group
   */
  public static Read<int[]> peerCredentials(int descriptor) {
    Scratch scratch = Scratch.current();
    int result =
        getsockopt(
            scratch,
            descriptor,
            SocketConstants.SOL_SOCKET,
            SocketConstants.SO_PEERCRED,
            3 * Integer.BYTES);
    return result < 0
        ? Read.failed(result)
        : Read.of(scratch.option().asSlice(0, 3 * Integer.BYTES).toArray(JAVA_INT));
  }

  /**
   * Reads SO_PEERGROUPS: the supplementary groups, of which there may be 65,536. Allocates; not for
   * the hot path.
   */
  public static Read<int[]> peerGroups(int descriptor) {
    Scratch scratch = Scratch.current();
    MemorySegment length = scratch.length(0);
    int level = SocketConstants.SOL_SOCKET;
    int option = SocketConstants.SO_PEERGROUPS;
    int needed = GETSOCKOPT.call(scratch, descriptor, level, option, 0L, length.address());
    // ERANGE says in the length how many bytes it would have been.
    if (needed == 0) {
      return Read.of(new int[0]);
    }
    if (needed != -Errno.ERANGE.number()) {
      return Read.failed(needed);
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment groups = arena.allocate(scratch.returnedLength(), Integer.BYTES);
      int result =
          GETSOCKOPT.call(scratch, descriptor, level, option, groups.address(), length.address());
      return result < 0
          ? Read.failed(result)
          : Read.of(groups.asSlice(0, scratch.returnedLength()).toArray(JAVA_INT));
    }
  }

  /** Reads a socket address. */
  public static Read<InetSocketAddress> getAddress(int descriptor, int level, int option) {
    Scratch scratch = Scratch.current();
    int result = getsockopt(scratch, descriptor, level, option, SocketAddressLayout.STORAGE_BYTES);
    return result < 0 ? Read.failed(result) : Read.of(SocketAddressLayout.decode(scratch.option()));
  }

  /** Reads TCP_INFO as far as this kernel knows it. */
  public static Read<TcpInfoFields> getTcpInfo(int descriptor) {
    Scratch scratch = Scratch.current();
    int result =
        getsockopt(
            scratch,
            descriptor,
            SocketConstants.IPPROTO_TCP,
            SocketConstants.TCP_INFO,
            Scratch.OPTION_BYTES);
    return result < 0
        ? Read.failed(result)
        : Read.of(TcpInfoFields.copyOf(scratch.option().asSlice(0, scratch.returnedLength())));
  }

  /** getsockname(2). */
  public static Read<InetSocketAddress> localAddress(int descriptor) {
    return name(GETSOCKNAME, descriptor);
  }

  /** getpeername(2). */
  public static Read<InetSocketAddress> peerAddress(int descriptor) {
    return name(GETPEERNAME, descriptor);
  }

  private static Read<InetSocketAddress> name(CFunction function, int descriptor) {
    Scratch scratch = Scratch.current();
    int result =
        function.call(
            scratch,
            descriptor,
            scratch.socketAddress().address(),
            scratch.length(SocketAddressLayout.STORAGE_BYTES).address());
    return result < 0
        ? Read.failed(result)
        : Read.of(SocketAddressLayout.decode(scratch.socketAddress()));
  }

  private static int setsockopt(
      Scratch scratch, int descriptor, int level, int option, int length) {
    return SETSOCKOPT.call(scratch, descriptor, level, option, scratch.option().address(), length);
  }

  private static int getsockopt(
      Scratch scratch, int descriptor, int level, int option, int capacity) {
    MemorySegment length = scratch.length(capacity);
    return GETSOCKOPT.call(
        scratch, descriptor, level, option, scratch.option().address(), length.address());
  }
}
