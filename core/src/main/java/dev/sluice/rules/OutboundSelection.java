// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules;

import dev.sluice.net.ExemptMark;
import java.util.List;
import java.util.Optional;

/**
 * Which connections that local processes open are captured. An exclusion wins over an inclusion. A
 * connection is captured if its destination is within {@code destinations} or its port within
 * {@code ports}. Immutable.
 *
 * @param destinations captured at any port
 * @param excludedDestinations never captured
 * @param ports captured whatever their destination
 * @param excludedPorts never captured, UDP neither
 * @param groups whose connections are captured at all
 * @param loopback the IPv4 addresses that applications use to talk to themselves: never captured;
 *     within 127.0.0.0/8
 * @param exempt the mark of connections that need no proxy; empty if there are none
 */
public record OutboundSelection(
    AddressSelection destinations,
    List<Subnet> excludedDestinations,
    List<PortRange> ports,
    List<PortRange> excludedPorts,
    GroupSelection groups,
    Subnet loopback,
    Optional<ExemptMark> exempt) {
  /** All connections but those to 127.0.0.1. */
  public static final OutboundSelection ALL = of(new AddressSelection.All());

  /** No connection. */
  public static final OutboundSelection NONE = of(new AddressSelection.Only(List.of()));

  /** Copies the lists. */
  public OutboundSelection {
    excludedDestinations = List.copyOf(excludedDestinations);
    ports = List.copyOf(ports);
    excludedPorts = List.copyOf(excludedPorts);
  }

  /** By destination alone. */
  public static OutboundSelection of(AddressSelection destinations) {
    return new OutboundSelection(
        destinations,
        List.of(),
        List.of(),
        List.of(),
        new GroupSelection.AllExcept(List.of()),
        Family.IPV4.loopback(),
        Optional.of(ExemptMark.DEFAULT));
  }

  /** Also captures these ports; never captures those. */
  public OutboundSelection withPorts(List<PortRange> included, List<PortRange> excluded) {
    return new OutboundSelection(
        destinations, excludedDestinations, included, excluded, groups, loopback, exempt);
  }

  /** Never captures connections to these. */
  public OutboundSelection without(List<Subnet> excluded) {
    return new OutboundSelection(
        destinations, excluded, ports, excludedPorts, groups, loopback, exempt);
  }

  /** Captures the connections of some groups only. */
  public OutboundSelection withGroups(GroupSelection others) {
    return new OutboundSelection(
        destinations, excludedDestinations, ports, excludedPorts, others, loopback, exempt);
  }

  /** Takes these addresses for loopback. */
  public OutboundSelection withLoopback(Subnet other) {
    return new OutboundSelection(
        destinations, excludedDestinations, ports, excludedPorts, groups, other, exempt);
  }

  /** Leaves connections with that mark alone. */
  public OutboundSelection withExempt(Optional<ExemptMark> mark) {
    return new OutboundSelection(
        destinations, excludedDestinations, ports, excludedPorts, groups, loopback, mark);
  }

  void check(List<String> problems) {
    OptionChecks.ids("owner group id", groups.groups(), problems);
    OptionChecks.length("excluded destinations", excludedDestinations, problems);
    OptionChecks.length("outbound ports", ports, problems);
    OptionChecks.length("excluded outbound ports", excludedPorts, problems);
    if (destinations instanceof AddressSelection.Only only) {
      OptionChecks.length("destinations", only.subnets(), problems);
    }
    if (!loopback.isIpv4Loopback()) {
      problems.add("loopback range " + loopback + "; expected one within 127.0.0.0/8");
    }
  }
}
