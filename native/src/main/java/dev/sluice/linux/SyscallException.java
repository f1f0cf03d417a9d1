// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux;

import java.io.IOException;
import java.util.Objects;

/**
 * A system call that failed. The message says which call, on what, the error by name and number
 * and, where one is known, the usual cause: {@code setsockopt(IP_TRANSPARENT) on descriptor 7:
 * EPERM (1): needs CAP_NET_ADMIN or CAP_NET_RAW}. Immutable.
 */
public final class SyscallException extends IOException {
  private static final long serialVersionUID = 1L;

  private final String call;
  private final int errno;

  /**
   * A failure without a known usual cause.
   *
   * @param call the call as the manual names it, with the option in brackets
   * @param errno the positive error number
   * @param doing on what, or to what end; empty if the call says it all
   */
  public SyscallException(String call, int errno, String doing) {
    this(call, errno, doing, "");
  }

  /**
   * A failure with a hint.
   *
   * @param call the call as the manual names it, with the option in brackets
   * @param errno the positive error number
   * @param doing on what, or to what end; empty if the call says it all
   * @param hint what the operator should look at; empty for none
   */
  public SyscallException(String call, int errno, String doing, String hint) {
    super(message(call, errno, doing, hint));
    this.call = call;
    this.errno = errno;
  }

  /** Never null, unlike other exceptions' messages. */
  @Override
  public String getMessage() {
    return Objects.requireNonNull(super.getMessage());
  }

  /** The call as the manual names it. */
  public String call() {
    return call;
  }

  /** The positive error number; it may be one that {@link Errno} has no name for. */
  public int errno() {
    return errno;
  }

  /** True if the call failed with this error. */
  public boolean is(Errno expected) {
    return errno == expected.number();
  }

  /**
   * Turns a returned {@code -errno} into an exception; the place where the two conventions meet.
   *
   * @return {@code result} if it is not negative
   * @throws SyscallException if {@code result} is {@code -errno}
   */
  public static int check(int result, String call, int descriptor) throws SyscallException {
    if (result < 0) {
      throw new SyscallException(call, -result, "on descriptor " + descriptor);
    }
    return result;
  }

  private static String message(String call, int errno, String doing, String hint) {
    StringBuilder text = new StringBuilder(call);
    if (!doing.isEmpty()) {
      text.append(' ').append(doing);
    }
    text.append(": ").append(Errno.describe(errno));
    if (!hint.isEmpty()) {
      text.append(": ").append(hint);
    }
    return text.toString();
  }
}
