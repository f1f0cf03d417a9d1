// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.rules.behaviour;

import dev.sluice.rules.AddressSelection;
import dev.sluice.rules.DnsCapture;
import dev.sluice.rules.Family;
import dev.sluice.rules.GroupSelection;
import dev.sluice.rules.InboundSelection;
import dev.sluice.rules.Interception;
import dev.sluice.rules.InterfaceSelection;
import dev.sluice.rules.NameServer;
import dev.sluice.rules.OutboundSelection;
import dev.sluice.rules.PortRange;
import dev.sluice.rules.ProxyIdentity;
import dev.sluice.rules.ProxyPorts;
import dev.sluice.rules.RuleOptions;
import dev.sluice.rules.Selection;
import dev.sluice.rules.Subnet;
import dev.sluice.rules.Unserved;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/** Options by chance, from values that matter to the connections of the scene. */
final class RandomOptions {
  private static final List<PortRange> PORTS =
      List.of(
          PortRange.of(53),
          PortRange.of(80),
          PortRange.of(443),
          PortRange.of(8080),
          PortRange.of(9090),
          new PortRange(8000, 8010),
          new PortRange(400, 500),
          new PortRange(1, 1023),
          PortRange.of(15021));
  private static final List<Subnet> SUBNETS =
      Stream.of(
              "10.96.0.0/16",
              "10.96.0.10",
              "172.16.0.0/12",
              "10.11.0.0/24",
              "0.0.0.0/0",
              "127.0.0.0/8",
              "fd00:96::/32",
              "fd00:96::10",
              "fd00:20::/64",
              "::/0")
          .map(Subnet::parse)
          .toList();
  private static final List<String> LOOPBACKS =
      List.of("127.0.0.1/32", "127.0.0.0/8", "127.0.0.0/30");

  private final Random random;

  RandomOptions(Random random) {
    this.random = random;
  }

  RuleOptions next() {
    return new RuleOptions(
        pick(List.of(Interception.values())),
        ProxyPorts.ISTIO,
        identity(),
        new Selection(inbound(), outbound(), interfaces()),
        dns(),
        Unserved.LOST,
        random.nextInt(4) == 0);
  }

  private ProxyIdentity identity() {
    List<Long> both = List.of(1337L, 2000L);
    List<Long> users = chance(3) ? both : List.of(1337L);
    List<Long> groups = chance(3) ? both : List.of(1337L);
    return new ProxyIdentity(users, groups, 1337, 133);
  }

  private InboundSelection inbound() {
    return chance(3)
        ? new InboundSelection.Only(some(PORTS, 5))
        : new InboundSelection.AllExcept(some(PORTS, 2));
  }

  private OutboundSelection outbound() {
    AddressSelection destinations =
        chance(2) ? new AddressSelection.All() : new AddressSelection.Only(some(SUBNETS, 3));
    GroupSelection groups =
        switch (random.nextInt(4)) {
          case 0 -> new GroupSelection.Only(List.of(1000L, 1337L));
          case 1 -> new GroupSelection.AllExcept(List.of(3000L));
          default -> new GroupSelection.AllExcept(List.of());
        };
    return OutboundSelection.of(destinations)
        .withPorts(chance(3) ? some(PORTS, 2) : List.of(), chance(4) ? some(PORTS, 2) : List.of())
        .without(chance(4) ? some(SUBNETS, 1) : List.of())
        .withGroups(groups)
        .withLoopback(Subnet.parse(pick(LOOPBACKS)));
  }

  private InterfaceSelection interfaces() {
    return switch (random.nextInt(4)) {
      case 0 -> new InterfaceSelection(List.of("eth1"), List.of());
      case 1 -> new InterfaceSelection(List.of(), List.of("eth1"));
      default -> InterfaceSelection.NONE;
    };
  }

  private DnsCapture dns() {
    return switch (random.nextInt(3)) {
      case 0 -> new DnsCapture.Everything();
      case 1 ->
          new DnsCapture.Servers(
              Stream.of(Family.values())
                  .map(family -> NameServer.of(Site.NAME_SERVER.address(family)))
                  .toList());
      default -> new DnsCapture.Off();
    };
  }

  private boolean chance(int oneIn) {
    return random.nextInt(oneIn) == 0;
  }

  private <T> T pick(List<T> all) {
    return all.get(random.nextInt(all.size()));
  }

  private <T> List<T> some(List<T> all, int most) {
    List<T> picked = new ArrayList<>();
    for (int i = random.nextInt(most) + 1; i > 0; i--) {
      T each = pick(all);
      if (!picked.contains(each)) {
        picked.add(each);
      }
    }
    return picked;
  }
}
