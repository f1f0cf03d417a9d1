// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules;

import dev.sluice.net.InterceptionMode;
import java.util.ArrayList;
import java.util.List;

/** Options from the words of a command line; reports all mistakes together. Pure. */
public final class RuleOptionsText {
  private final List<String> problems = new ArrayList<>();

  private RuleOptionsText() {}

  /**
   * All as typed.
   *
   * @param excludedPorts parted by commas; empty for none
   * @throws InvalidRuleOptionsException with everything that is wrong
   */
  public static RuleOptions parse(
      String mode,
      String outboundPort,
      String inboundPort,
      String proxyUser,
      String proxyGroup,
      String excludedPorts) {
    RuleOptionsText reader = new RuleOptionsText();
    InterceptionMode interception = reader.mode(mode);
    // The default stands in for a value that was reported, so that the rest is checked too.
    int outbound = (int) reader.number("outbound port (-p)", outboundPort, 65535, 15001);
    int inbound = (int) reader.number("inbound port (-z)", inboundPort, 65535, 15006);
    long user = reader.number("proxy user id (-u)", proxyUser, OptionChecks.HIGHEST_ID, 1337);
    long group = reader.number("proxy group id (-g)", proxyGroup, OptionChecks.HIGHEST_ID, 1337);
    return reader.finish(interception, outbound, inbound, user, group, reader.ports(excludedPorts));
  }

  private RuleOptions finish(
      InterceptionMode mode,
      int outbound,
      int inbound,
      long user,
      long group,
      List<PortRange> excluded) {
    try {
      RuleOptions defaults = RuleOptions.defaults(mode);
      ProxyPorts istio = defaults.ports();
      RuleOptions options =
          defaults
              .withPorts(new ProxyPorts(outbound, inbound, istio.tunnel(), istio.dns()))
              .withProxy(ProxyIdentity.of(user, group))
              .withSelection(
                  defaults.selection().withInbound(new InboundSelection.AllExcept(excluded)));
      if (problems.isEmpty()) {
        return options;
      }
    } catch (InvalidRuleOptionsException e) {
      problems.addAll(e.problems());
    }
    throw new InvalidRuleOptionsException(problems);
  }

  private InterceptionMode mode(String text) {
    for (InterceptionMode mode : RuleOptions.MODES) {
      if (mode.name().equals(text)) {
        return mode;
      }
    }
    problems.add("interception mode (-m) '" + text + "'; expected REDIRECT or TPROXY");
    return InterceptionMode.REDIRECT;
  }

  private List<PortRange> ports(String text) {
    List<PortRange> ports = new ArrayList<>();
    if (!text.isEmpty()) {
      for (String port : text.split(",", -1)) {
        ports.add(PortRange.of((int) number("excluded inbound port (-d)", port, 65535, 1)));
      }
    }
    return ports;
  }

  private long number(String what, String text, long highest, long standIn) {
    boolean digits = !text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9');
    boolean port = highest == 65535;
    if (digits && text.length() <= 10) {
      long value = Long.parseLong(text);
      if (value <= highest && !(port && value == 0)) {
        return value;
      }
    }
    problems.add(what + " '" + text + "'; expected " + (port ? 1 : 0) + " to " + highest);
    return standIn;
  }
}
