// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules;

import dev.sluice.net.InterceptionMode;
import java.util.ArrayList;
import java.util.List;

/**
 * What a program is made from. Defaults are Istio's. Immutable.
 *
 * @param mode how inbound connections are taken over; outbound is REDIRECT in both modes
 * @param outboundPort the proxy's listener for connections that leave, 1 to 65535
 * @param inboundPort the proxy's listener for connections that arrive, 1 to 65535
 * @param proxyUser connections of this user id are never captured; 0 to 4294967294
 * @param proxyGroup connections of this group id are never captured; 0 to 4294967294
 * @param excludedInboundPorts arriving connections to these are left alone; may be empty
 */
public record RuleOptions(
    InterceptionMode mode,
    int outboundPort,
    int inboundPort,
    long proxyUser,
    long proxyGroup,
    List<Integer> excludedInboundPorts) {

  /** Those that rules make; the other one does without. */
  public static final List<InterceptionMode> MODES =
      List.of(InterceptionMode.REDIRECT, InterceptionMode.TPROXY);

  /** The mark of packets that belong to the proxy, and Istio's. */
  public static final int PROXY_MARK = 1337;

  /** The mark of what the proxy sends to its own host's addresses, and Istio's. */
  public static final int SELF_CALL_MARK = 1338;

  /** The routing table in which every destination is this host, and Istio's. */
  public static final int ROUTE_TABLE = 133;

  /** The port of the HBONE tunnel: it comes in as it is, never captured. */
  public static final int TUNNEL_PORT = 15008;

  /** The highest id of a user or group; one more means none to the kernel. */
  static final long HIGHEST_ID = 4_294_967_294L;

  /**
   * Checks everything.
   *
   * @throws InvalidRuleOptionsException with all problems at once
   */
  public RuleOptions {
    excludedInboundPorts = List.copyOf(excludedInboundPorts);
    List<String> problems = new ArrayList<>();
    if (!MODES.contains(mode)) {
      problems.add("interception mode " + mode + "; expected one of " + MODES);
    }
    checkPort("outbound port", outboundPort, problems);
    checkPort("inbound port", inboundPort, problems);
    checkId("proxy user id", proxyUser, problems);
    checkId("proxy group id", proxyGroup, problems);
    excludedInboundPorts.forEach(port -> checkPort("excluded inbound port", port, problems));
    if (outboundPort == inboundPort) {
      problems.add("outbound and inbound port are both " + inboundPort + "; expected two ports");
    }
    if (!problems.isEmpty()) {
      throw new InvalidRuleOptionsException(problems);
    }
  }

  /** The options that Istio's injector passes. */
  public static RuleOptions defaults(InterceptionMode mode) {
    return new RuleOptions(mode, 15001, 15006, 1337, 1337, List.of(15090, 15021, 15020));
  }

  private static void checkPort(String what, int port, List<String> problems) {
    if (port < 1 || port > 65535) {
      problems.add(what + " " + port + "; expected 1 to 65535");
    }
  }

  private static void checkId(String what, long id, List<String> problems) {
    if (id < 0 || id > HIGHEST_ID) {
      problems.add(what + " " + id + "; expected 0 to " + HIGHEST_ID);
    }
  }
}
