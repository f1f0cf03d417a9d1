// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules;

import java.util.List;

/** What is captured. Immutable. */
public record Selection(
    InboundSelection inbound, OutboundSelection outbound, InterfaceSelection interfaces) {
  /** What Istio's injector asks for: everything but Istio's own ports for probes and metrics. */
  public static final Selection INJECTOR =
      new Selection(
          new InboundSelection.AllExcept(
              List.of(PortRange.of(15090), PortRange.of(15021), PortRange.of(15020))),
          OutboundSelection.ALL,
          InterfaceSelection.NONE);

  /** With another choice of what arrives. */
  public Selection withInbound(InboundSelection other) {
    return new Selection(other, outbound, interfaces);
  }

  /** With another choice of what leaves. */
  public Selection withOutbound(OutboundSelection other) {
    return new Selection(inbound, other, interfaces);
  }

  /** With other interfaces. */
  public Selection withInterfaces(InterfaceSelection other) {
    return new Selection(inbound, outbound, other);
  }

  void check(List<String> problems) {
    OptionChecks.length("inbound ports", inbound.ports(), problems);
    outbound.check(problems);
    interfaces.check(problems);
  }
}
