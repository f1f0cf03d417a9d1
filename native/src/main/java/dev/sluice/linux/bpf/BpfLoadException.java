// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf;

import dev.sluice.linux.Errno;
import dev.sluice.linux.bpf.spec.SourceLine;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * The kernel refused a program or the type information of an object. The message has the errno, the
 * line of C and the verifier's last lines; {@link #log()} has the rest. Immutable.
 */
public final class BpfLoadException extends IOException {
  private static final long serialVersionUID = 1L;

  /** Enough for the reason and the registers before it. */
  private static final int LINES_IN_MESSAGE = 4;

  private final int errno;
  private final transient VerifierLog log;
  private final transient Optional<SourceLine> source;

  BpfLoadException(String what, int errno, VerifierLog log, Optional<SourceLine> source) {
    super(message(what, errno, log, source));
    this.errno = errno;
    this.log = log;
    this.source = source;
  }

  /** Never null, unlike other exceptions' messages. */
  @Override
  public String getMessage() {
    return Objects.requireNonNull(super.getMessage());
  }

  /** The positive error number of {@code BPF_PROG_LOAD} or {@code BPF_BTF_LOAD}. */
  public int errno() {
    return errno;
  }

  /** True if the call failed with this error. */
  public boolean is(Errno expected) {
    return errno == expected.number();
  }

  /** Everything that the verifier wrote; no lines if it did not get that far. */
  public VerifierLog log() {
    return log;
  }

  /** The line of C that the verifier stopped at, if the object says. */
  public Optional<SourceLine> source() {
    return source;
  }

  private static String message(
      String what, int errno, VerifierLog log, Optional<SourceLine> source) {
    StringBuilder text = new StringBuilder(what).append(": ").append(Errno.describe(errno));
    String hint = hint(errno, log);
    if (!hint.isEmpty()) {
      text.append(": ").append(hint);
    }
    source.ifPresent(line -> text.append("\n  at ").append(line));
    List<String> reason = log.reason(LINES_IN_MESSAGE);
    reason.forEach(line -> text.append("\n  ").append(line));
    int omitted = log.lines().size() - reason.size();
    if (omitted > 0) {
      text.append("\n  (").append(omitted).append(" other lines of the verifier's log)");
    }
    return text.toString();
  }

  private static String hint(int errno, VerifierLog log) {
    Errno known = Errno.of(errno);
    if (known == Errno.EFAULT && !log.lines().isEmpty()) {
      return "the verifier hit a bug of its own; the kernel's log (dmesg) has more";
    }
    if (known == Errno.EINVAL && log.lines().isEmpty()) {
      return "this kernel may not know this type of program or this place to attach it";
    }
    return log.lines().isEmpty() || known == Errno.EPERM ? BpfCall.hint(errno) : "";
  }
}
