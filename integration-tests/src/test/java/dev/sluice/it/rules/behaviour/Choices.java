// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.rules.behaviour;

import dev.sluice.rules.AddressSelection;
import dev.sluice.rules.DnsCapture;
import dev.sluice.rules.Family;
import dev.sluice.rules.InterfaceSelection;
import dev.sluice.rules.NameServer;
import dev.sluice.rules.OutboundSelection;
import dev.sluice.rules.PortRange;
import dev.sluice.rules.RuleOptions;
import dev.sluice.rules.Subnet;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The options of a row with one choice changed. */
final class Choices {
  private Choices() {}

  static RuleOptions outbound(OptionSet of, OutboundSelection outbound) {
    return of.options().withSelection(of.options().selection().withOutbound(outbound));
  }

  static RuleOptions destinations(OptionSet of, String... subnets) {
    return outbound(of, OutboundSelection.of(new AddressSelection.Only(subnets(subnets))));
  }

  static RuleOptions without(OptionSet of, String... subnets) {
    return outbound(of, of.options().selection().outbound().without(subnets(subnets)));
  }

  static RuleOptions ports(OptionSet of, List<String> subnets, String... ports) {
    return outbound(
        of,
        OutboundSelection.of(new AddressSelection.Only(subnets(subnets.toArray(String[]::new))))
            .withPorts(portRanges(ports), List.of()));
  }

  static RuleOptions withoutExemptMark(OptionSet of) {
    return outbound(of, of.options().selection().outbound().withExempt(Optional.empty()));
  }

  static RuleOptions withoutPorts(OptionSet of, String... ports) {
    return outbound(
        of, of.options().selection().outbound().withPorts(List.of(), portRanges(ports)));
  }

  static RuleOptions interfaces(OptionSet of, List<String> excluded, List<String> virtual) {
    return of.options()
        .withSelection(
            of.options().selection().withInterfaces(new InterfaceSelection(excluded, virtual)));
  }

  static RuleOptions allLookups(OptionSet of) {
    return of.options().withDns(new DnsCapture.Everything());
  }

  static RuleOptions nameServers(OptionSet of) {
    return of.options()
        .withDns(
            new DnsCapture.Servers(
                Stream.of(Family.values())
                    .map(family -> NameServer.of(Site.NAME_SERVER.address(family)))
                    .toList()));
  }

  static List<PortRange> portRanges(String... texts) {
    return Stream.of(texts)
        .map(text -> text.split("-", -1))
        .map(
            ends ->
                new PortRange(Integer.parseInt(ends[0]), Integer.parseInt(ends[ends.length - 1])))
        .toList();
  }

  private static List<Subnet> subnets(String... texts) {
    return Stream.of(texts).map(Subnet::parse).toList();
  }
}
