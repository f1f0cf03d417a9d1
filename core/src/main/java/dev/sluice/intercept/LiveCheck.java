// SPDX-License-Identifier: Apache-2.0
package dev.sluice.intercept;

import dev.sluice.linux.Errno;
import dev.sluice.linux.SyscallException;
import dev.sluice.linux.socket.SocketOwner;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Whether rules do what they say: real connections are made in this network namespace, and must
 * arrive at the proxy's ports with the original destination that was dialled. The ports must be
 * free, since the check listens there itself: run it before the proxy.
 *
 * <p>Blocks, up to the time-out for each probe that fails; on a platform thread. Leaves nothing
 * open. Needs CAP_SETUID and CAP_SETGID for sockets of other users than its own (as the proxy's
 * user, without any right, it checks what the peers' validation does), and CAP_NET_ADMIN where
 * TPROXY is to deliver to it.
 */
public final class LiveCheck {
  /** The exit code of istio-iptables for rules that fail their validation. */
  public static final int EXIT_CODE = 126;

  private final ProbeListeners listeners;
  private final SocketOwner proxy;
  private final Duration timeout;
  private final List<String> captured = new ArrayList<>();
  private final List<String> untried = new ArrayList<>();
  private final List<String> problems = new ArrayList<>();

  private LiveCheck(ProbeListeners listeners, SocketOwner proxy, Duration timeout) {
    this.listeners = listeners;
    this.proxy = proxy;
    this.timeout = timeout;
  }

  /**
   * What was found, each probe in one of the lists.
   *
   * @param captured the probes that arrived
   * @param untried those of the application that had no route, so that nothing can escape there, or
   *     whose client this process has no right to be; with the error
   * @param problems those that did not arrive, or wrong, with what was seen; empty if all is well
   */
  public record Report(List<String> captured, List<String> untried, List<String> problems) {
    /** Copies the lists. */
    public Report {
      captured = List.copyOf(captured);
      untried = List.copyOf(untried);
      problems = List.copyOf(problems);
    }
  }

  /**
   * Makes the connections, one after the other.
   *
   * @param proxy in whose place it listens: rules look at who answers, too
   * @param timeout for each to arrive, and for an answer by UDP to come back
   */
  public static Report run(List<LiveProbe> probes, SocketOwner proxy, Duration timeout) {
    ProbeListeners listeners;
    try {
      listeners = ProbeListeners.open(probes, proxy);
    } catch (SyscallException e) {
      return new Report(
          List.of(), List.of(), List.of("cannot listen in place of the proxy: " + e.getMessage()));
    }
    try (listeners) {
      LiveCheck check = new LiveCheck(listeners, proxy, timeout);
      probes.forEach(check::tryIt);
      return new Report(check.captured, check.untried, check.problems);
    }
  }

  private void tryIt(LiveProbe probe) {
    switch (outcome(probe)) {
      case ProbeOutcome.Captured _ -> captured.add(probe.toString());
      // 127.0.0.6 and ::6 are addresses of this namespace, or the rules are not complete; and
      // without
      // this one nothing would be checked.
      case ProbeOutcome.NotSent not when probe.kind() != LiveProbe.Kind.INBOUND ->
          untried.add(probe + ": " + not.why());
      case ProbeOutcome.NotSent not -> problem(probe, not.why());
      case ProbeOutcome.Missed missed -> problem(probe, missed.seen());
    }
  }

  private void problem(LiveProbe probe, String seen) {
    problems.add(probe + ": " + seen + "; expected it at port " + probe.listenerPort());
  }

  private ProbeOutcome outcome(LiveProbe probe) {
    try {
      return switch (probe.kind()) {
        case INBOUND, OUTBOUND, DNS_BY_TCP -> StreamProbe.run(probe, listeners, timeout);
        case DNS_BY_UDP -> DatagramProbe.run(probe, proxy, timeout);
      };
    } catch (SyscallException e) {
      return isUnreachable(e) || isForbidden(e)
          ? new ProbeOutcome.NotSent(e.getMessage())
          : new ProbeOutcome.Missed(e.getMessage());
    }
  }

  /** To be that user; a rule that drops what is sent has the same error. */
  private static boolean isForbidden(SyscallException e) {
    return e.is(Errno.EPERM) && e.call().startsWith("setfs");
  }

  private static boolean isUnreachable(SyscallException e) {
    return e.is(Errno.ENETUNREACH) || e.is(Errno.EHOSTUNREACH) || e.is(Errno.EADDRNOTAVAIL);
  }
}
