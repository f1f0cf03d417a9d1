// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.rules;

import dev.sluice.rules.Chain;
import dev.sluice.rules.Entry;
import dev.sluice.rules.Family;
import dev.sluice.rules.FamilyProgram;
import dev.sluice.rules.Hook;
import dev.sluice.rules.MarkBits;
import dev.sluice.rules.Match;
import dev.sluice.rules.PortRange;
import dev.sluice.rules.Rule;
import dev.sluice.rules.RuleProgram;
import dev.sluice.rules.Subnet;
import dev.sluice.rules.Table;
import dev.sluice.rules.TableProgram;
import dev.sluice.rules.Target;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Programs of any words that the model has, as long as a kernel takes them: more than any planner
 * makes. The same seed gives the same programs.
 */
final class RandomPrograms {
  private static final List<String> CHAINS = List.of("SLUICE_A", "SLUICE_B", "SLUICE_C");

  private final Random random;

  RandomPrograms(long seed) {
    random = new Random(seed);
  }

  RuleProgram next() {
    return new RuleProgram(
        Stream.of(Family.values())
            .filter(_ -> random.nextInt(8) > 0)
            .map(family -> new FamilyProgram(family, tables(family), List.of()))
            .toList());
  }

  private List<TableProgram> tables(Family family) {
    return Stream.of(Table.MANGLE, Table.NAT, Table.RAW)
        .filter(_ -> random.nextBoolean())
        .map(table -> table(family, table))
        .toList();
  }

  private TableProgram table(Family family, Table table) {
    int count = 1 + random.nextInt(CHAINS.size());
    // The kernel takes TPROXY in chains that are reached from PREROUTING alone.
    boolean inbound = random.nextBoolean();
    List<Chain> chains =
        IntStream.range(0, count)
            .mapToObj(i -> chain(family, table, inbound, CHAINS.subList(i, count)))
            .toList();
    List<Entry> entries =
        Stream.of(Hook.PREROUTING, Hook.OUTPUT)
            .filter(hook -> random.nextInt(3) > 0 && !(inbound && hook == Hook.OUTPUT))
            .map(hook -> new Entry(hook, rule(family, hook, new Target.Call(CHAINS.getFirst()))))
            .toList();
    return new TableProgram(table, chains, entries);
  }

  /** The first of {@code chains}; it calls the second at most, so there is no circle. */
  private Chain chain(Family family, Table table, boolean inbound, List<String> chains) {
    List<Rule> rules = new ArrayList<>();
    for (int i = random.nextInt(6); i > 0; i--) {
      rules.add(rule(family, Hook.OUTPUT, target(table, inbound, chains)));
    }
    return new Chain(chains.getFirst(), rules);
  }

  private Rule rule(Family family, Hook hook, Target target) {
    boolean udp = random.nextInt(4) == 0;
    List<Match> matches = new ArrayList<>();
    matches.add(udp ? new Match.Udp() : new Match.Tcp());
    if (!needsTransport(target) && random.nextInt(4) == 0) {
      matches.clear();
    }
    List<Supplier<Match>> kinds = kinds(family, hook, !matches.isEmpty(), udp);
    for (int i = random.nextInt(4); i > 0 && !kinds.isEmpty(); i--) {
      Match match = kinds.remove(random.nextInt(kinds.size())).get();
      boolean positiveOnly = match instanceof Match.ReplyFromPort;
      matches.add(!positiveOnly && random.nextInt(3) == 0 ? new Match.Not(match) : match);
    }
    return new Rule("seeded \"" + random.nextInt() + "\"", matches, target);
  }

  private List<Supplier<Match>> kinds(Family family, Hook hook, boolean transport, boolean udp) {
    List<Supplier<Match>> kinds = new ArrayList<>();
    kinds.add(() -> new Match.Source(subnet(family)));
    kinds.add(() -> new Match.Destination(subnet(family)));
    kinds.add(() -> new Match.Mark(bits()));
    kinds.add(() -> new Match.ConnectionMark(bits()));
    kinds.add(() -> new Match.OwnerUser(random.nextLong(4_294_967_295L)));
    kinds.add(() -> new Match.OwnerGroup(random.nextLong(4_294_967_295L)));
    kinds.add(Match.KnownConnection::new);
    kinds.add(Match.InvalidConnection::new);
    kinds.add(Match.OriginalDirection::new);
    String name = oneOf("lo", "eth0", "eth+", "mark", "1a", "veth*");
    kinds.add(
        hook == Hook.OUTPUT
            ? () -> new Match.OutInterface(name)
            : () -> new Match.InInterface(name));
    if (transport) {
      kinds.add(() -> new Match.SourcePort(range()));
      kinds.add(
          () ->
              random.nextBoolean()
                  ? new Match.DestinationPort(range())
                  : new Match.DestinationPorts(List.of(range(), range(), PortRange.of(443))));
      kinds.add(() -> new Match.ReplyFromPort(range()));
    }
    if (transport && !udp) {
      kinds.add(Match.FirstPacket::new);
    }
    return kinds;
  }

  private Target target(Table table, boolean inbound, List<String> chains) {
    if (chains.size() > 1 && random.nextInt(3) == 0) {
      return new Target.Call(chains.get(1));
    }
    int port = 1 + random.nextInt(65535);
    List<Target> targets = new ArrayList<>(List.of(new Target.Return(), new Target.Accept()));
    switch (table) {
      case NAT -> targets.add(new Target.Redirect(port));
      case MANGLE -> {
        targets.add(new Target.Drop());
        targets.add(new Target.SetMark(random.nextInt()));
        targets.add(new Target.SetConnectionMark(bits()));
        targets.add(new Target.SaveMark());
        targets.add(new Target.RestoreMark());
        if (inbound) {
          targets.add(new Target.Tproxy(port, random.nextInt()));
        }
      }
      case RAW -> targets.add(new Target.ConntrackZone(1 + random.nextInt(65535)));
      case FILTER -> targets.add(new Target.Drop());
    }
    return targets.get(random.nextInt(targets.size()));
  }

  private static boolean needsTransport(Target target) {
    return target instanceof Target.Redirect || target instanceof Target.Tproxy;
  }

  private Subnet subnet(Family family) {
    byte[] address = new byte[family == Family.IPV4 ? 4 : 16];
    random.nextBytes(address);
    try {
      return new Subnet(
          InetAddress.getByAddress(address), random.nextInt(address.length * Byte.SIZE + 1));
    } catch (UnknownHostException e) {
      throw new AssertionError("4 or 16 bytes", e);
    }
  }

  private PortRange range() {
    int first = 1 + random.nextInt(65535);
    return random.nextBoolean()
        ? PortRange.of(first)
        : new PortRange(first, Math.min(65535, first + random.nextInt(1000)));
  }

  private MarkBits bits() {
    int mask =
        switch (random.nextInt(4)) {
          case 0 -> MarkBits.ALL;
          case 1 -> 0xfff;
          case 2 -> MarkBits.ALL << random.nextInt(32);
          default -> random.nextInt();
        };
    return new MarkBits(random.nextInt() & mask, mask);
  }

  private String oneOf(String... words) {
    return words[random.nextInt(words.length)];
  }
}
