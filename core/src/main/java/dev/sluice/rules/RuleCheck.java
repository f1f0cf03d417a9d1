// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules;

import dev.sluice.intercept.LiveCheck;
import dev.sluice.intercept.LiveProbe;
import dev.sluice.intercept.LocalAddresses;
import dev.sluice.linux.socket.SocketOwner;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;

/**
 * Whether the kernel does what options promise, found out by connections: {@link LiveCheck} with
 * the probes that fit the options. Needs what that needs; the proxy must not run yet.
 */
public final class RuleCheck {
  /** Where the port doesn't matter. */
  private static final int LEAVING_PORT = 80;

  private RuleCheck() {}

  /**
   * Makes the connections in the network namespace of the calling thread, a platform thread.
   *
   * @param families whose rules are in force
   * @param probePort to dial where the port doesn't matter; istio-iptables takes 15002
   * @param timeout for each connection
   * @return all is well if it has no problem; {@link LiveCheck#EXIT_CODE} is for the other case. No
   *     probe at all, as where nothing is captured, is no problem
   */
  public static LiveCheck.Report run(
      RuleOptions options, List<Family> families, int probePort, Duration timeout) {
    LocalAddresses addresses = new LocalAddresses();
    return LiveCheck.run(
        probes(options, families, probePort, addresses::contains),
        ProbePlanner.proxy(options),
        timeout);
  }

  /**
   * What an application may send that the options promise to capture, one probe at most for each
   * family; none is sent here.
   *
   * @param families whose rules are in force in the network namespace of the calling thread
   */
  public static List<LiveProbe> leaving(RuleOptions options, List<Family> families) {
    LocalAddresses addresses = new LocalAddresses();
    return probes(options, families, LEAVING_PORT, addresses::contains).stream()
        .filter(probe -> probe.kind() == LiveProbe.Kind.OUTBOUND)
        .toList();
  }

  /** In whose place a listener has to be: rules look at who answers, too. */
  public static SocketOwner proxy(RuleOptions options) {
    return ProbePlanner.proxy(options);
  }

  /** One probe at most for each family and each way into the proxy. */
  static List<LiveProbe> probes(
      RuleOptions options, List<Family> families, int probePort, Predicate<InetAddress> isLocal) {
    return families.stream()
        .map(family -> new ProbePlanner(new FamilyView(options, family), probePort, isLocal))
        .flatMap(planner -> planner.probes().stream())
        .toList();
  }
}
