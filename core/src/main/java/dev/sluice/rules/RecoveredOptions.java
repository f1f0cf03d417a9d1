// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules;

import dev.sluice.net.ExemptMark;
import dev.sluice.rules.Match.DestinationPort;
import dev.sluice.rules.Match.OwnerGroup;
import dev.sluice.rules.Match.OwnerUser;
import dev.sluice.rules.Match.Tcp;
import dev.sluice.rules.Target.Call;
import dev.sluice.rules.Target.Redirect;
import dev.sluice.rules.Target.Return;
import dev.sluice.rules.Target.Tproxy;
import dev.sluice.rules.Target.TproxyIfServed;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * From a program that was found in the kernel back to the options that it was made with: nothing
 * else remembers them. Each is read from rules that can stand anywhere in their chain, so that
 * rules in the wrong order still give the right options, and the right order can be planned from
 * them. Pure.
 */
public final class RecoveredOptions {
  private final RuleProgram found;

  private RecoveredOptions(RuleProgram found) {
    this.found = found;
  }

  /**
   * The options; empty for a program of the node's proxy, one that captures DNS or virtual
   * machines, or of which too little is left.
   *
   * @param found as a backend lists it
   * @param routeTable with TPROXY, the routing table; it is not in the rules
   */
  public static Optional<RuleOptions> of(RuleProgram found, int routeTable) {
    return new RecoveredOptions(NormalForm.of(found)).recover(routeTable);
  }

  private Optional<RuleOptions> recover(int routeTable) {
    List<Long> users = owners(match -> match instanceof OwnerUser(long id) ? id : null);
    List<Long> groups = owners(match -> match instanceof OwnerGroup(long id) ? id : null);
    boolean unknown =
        !rules(Table.RAW, null).isEmpty()
            || !rules(Table.NAT, ChainNames.OUTPUT_DNS).isEmpty()
            || rules(Table.NAT, ChainNames.INBOUND).stream()
                .anyMatch(rule -> rule.target().equals(new Call(ChainNames.REDIRECT)))
            || rules(Table.MANGLE, ChainNames.PREROUTING).stream()
                .anyMatch(RecoveredOptions::isOfVirtualMachine);
    if (unknown || users.isEmpty() || groups.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new RuleOptions(
              interception(),
              new ProxyPorts(outboundPort(), inboundPort(), tunnelPort(), ProxyPorts.ISTIO.dns()),
              new ProxyIdentity(users, groups, mark(), routeTable),
              new Selection(
                  inbound(), outbound(groups), new InterfaceSelection(interfaces(), List.of())),
              new DnsCapture.Off(),
              unserved(),
              rules(Table.MANGLE, ChainNames.PREROUTING).stream()
                  .anyMatch(rule -> rule.target() instanceof Target.Drop)));
    } catch (InvalidRuleOptionsException e) {
      return Optional.empty();
    }
  }

  private static boolean isOfVirtualMachine(Rule rule) {
    return rule.target() instanceof Tproxy
        && rule.matches().stream()
            .anyMatch(
                match -> match instanceof Match.InInterface(String name) && !name.equals("lo"));
  }

  private Interception interception() {
    boolean inbound = !rules(Table.MANGLE, ChainNames.TPROXY).isEmpty();
    boolean outbound = !rules(Table.MANGLE, ChainNames.OUTBOUND).isEmpty();
    if (inbound) {
      return outbound ? Interception.TPROXY_BOTH : Interception.TPROXY;
    }
    return outbound ? Interception.TPROXY_OUTBOUND : Interception.REDIRECT;
  }

  private int outboundPort() {
    return Stream.concat(
            rules(Table.NAT, ChainNames.REDIRECT).stream(),
            rules(Table.MANGLE, ChainNames.PREROUTING).stream())
        .map(RecoveredOptions::listener)
        .filter(Objects::nonNull)
        .findFirst()
        .orElse(ProxyPorts.ISTIO.outbound());
  }

  private int inboundPort() {
    return Stream.concat(
            rules(Table.NAT, ChainNames.IN_REDIRECT).stream(),
            rules(Table.MANGLE, ChainNames.TPROXY).stream())
        .map(RecoveredOptions::listener)
        .filter(Objects::nonNull)
        .findFirst()
        .orElse(ProxyPorts.ISTIO.inbound());
  }

  private static @Nullable Integer listener(Rule rule) {
    return switch (rule.target()) {
      case Redirect(int port) -> port;
      case Tproxy(int port, int _) -> port;
      case TproxyIfServed(int port, int _) -> port;
      default -> null;
    };
  }

  private int tunnelPort() {
    return selfCalls().stream()
        .flatMap(rule -> rule.matches().stream())
        .filter(match -> match instanceof Match.Not(DestinationPort _))
        .map(match -> ((DestinationPort) ((Match.Not) match).match()).ports().first())
        .findFirst()
        .orElse(ProxyPorts.ISTIO.tunnel());
  }

  private int mark() {
    return rules(Table.MANGLE, ChainNames.TPROXY).stream()
        .map(RecoveredOptions::markGiven)
        .filter(Objects::nonNull)
        .findFirst()
        .orElse(ProxyIdentity.ISTIO.mark());
  }

  private static @Nullable Integer markGiven(Rule rule) {
    return switch (rule.target()) {
      case Tproxy(int _, int mark) -> mark;
      case TproxyIfServed(int _, int mark) -> mark;
      default -> null;
    };
  }

  private Unserved unserved() {
    return rules(Table.MANGLE, ChainNames.TPROXY).stream()
            .anyMatch(rule -> rule.target() instanceof TproxyIfServed)
        ? Unserved.PASSED
        : Unserved.LOST;
  }

  /** The rules about what the proxy sends to its own pod: every owner is in one of them. */
  private List<Rule> selfCalls() {
    Target redirected = new Call(ChainNames.IN_REDIRECT);
    Target marked = new Target.SetMark(RuleOptions.SELF_CALL_MARK);
    return Stream.concat(
            rules(Table.NAT, ChainNames.OUTPUT).stream(),
            rules(Table.MANGLE, ChainNames.OUTPUT).stream())
        .filter(rule -> rule.target().equals(redirected) || rule.target().equals(marked))
        .toList();
  }

  private List<Long> owners(Function<Match, @Nullable Long> id) {
    Set<Long> ids = new LinkedHashSet<>();
    for (Rule rule : selfCalls()) {
      for (Match match : rule.matches()) {
        Long found = id.apply(match);
        if (found != null) {
          ids.add(found);
        }
      }
    }
    return List.copyOf(ids);
  }

  private InboundSelection inbound() {
    boolean tproxy = !rules(Table.MANGLE, ChainNames.TPROXY).isEmpty();
    List<Rule> chain = rules(tproxy ? Table.MANGLE : Table.NAT, ChainNames.INBOUND);
    Target capture = new Call(tproxy ? ChainNames.TPROXY : ChainNames.IN_REDIRECT);
    boolean all = chain.stream().anyMatch(rule -> is(rule, capture) && besideTcp(rule).isEmpty());
    if (!all) {
      return new InboundSelection.Only(ports(chain, capture));
    }
    List<PortRange> excluded = new ArrayList<>(ports(chain, new Return()));
    excluded.remove(PortRange.of(tunnelPort()));
    return new InboundSelection.AllExcept(excluded);
  }

  private OutboundSelection outbound(List<Long> proxyGroups) {
    boolean tproxy = interception().outboundByTproxy();
    Table table = tproxy ? Table.MANGLE : Table.NAT;
    Target capture =
        tproxy
            ? new Target.SetConnectionMark(MarkBits.of(RuleOptions.OUTBOUND_MARK))
            : new Call(ChainNames.REDIRECT);
    List<Rule> owners = rules(table, tproxy ? ChainNames.OUTBOUND : ChainNames.OUTPUT);
    boolean some = !rules(table, ChainNames.CAPTURE).isEmpty();
    List<Rule> chain = some ? rules(table, ChainNames.CAPTURE) : owners;
    Subnet loopback = loopback();
    List<Subnet> excluded = new ArrayList<>(destinations(chain, new Return()));
    excluded.remove(loopback);
    excluded.remove(Family.IPV6.loopback());
    return new OutboundSelection(
        captured(table, some ? ChainNames.CAPTURE : owners(tproxy), capture),
        excluded,
        ports(chain, capture),
        ports(owners, new Return()),
        groups(owners, some, proxyGroups),
        loopback,
        exempt(chain));
  }

  private static String owners(boolean tproxy) {
    return tproxy ? ChainNames.OUTBOUND : ChainNames.OUTPUT;
  }

  /** Every address of one family only is a prefix of no bits. */
  private AddressSelection captured(Table table, String chain, Target capture) {
    List<Subnet> subnets = new ArrayList<>();
    boolean all = true;
    for (FamilyProgram part : found.families()) {
      List<Rule> rules = rules(part, table, chain);
      if (rules.stream().anyMatch(rule -> is(rule, capture) && besideTcp(rule).isEmpty())) {
        subnets.add(Subnet.parse(part.family() == Family.IPV4 ? "0.0.0.0/0" : "::/0"));
      } else {
        all = false;
        subnets.addAll(destinations(rules, capture));
      }
    }
    return all ? new AddressSelection.All() : new AddressSelection.Only(subnets);
  }

  private static GroupSelection groups(List<Rule> owners, boolean some, List<Long> ofProxy) {
    List<Long> groups = new ArrayList<>();
    for (Rule rule : owners) {
      boolean named =
          some
              ? rule.target().equals(new Call(ChainNames.CAPTURE))
              : rule.target() instanceof Return;
      if (named
          && rule.matches().size() == 1
          && rule.matches().getFirst() instanceof OwnerGroup(long id)
          && !(ofProxy.contains(id) && !some)
          && !groups.contains(id)) {
        groups.add(id);
      }
    }
    return some ? new GroupSelection.Only(groups) : new GroupSelection.AllExcept(groups);
  }

  private Subnet loopback() {
    return selfCalls().stream()
        .flatMap(rule -> rule.matches().stream())
        .filter(match -> match instanceof Match.Not(Match.Destination _))
        .map(match -> ((Match.Destination) ((Match.Not) match).match()).subnet())
        .filter(subnet -> subnet.family() == Family.IPV4)
        .findFirst()
        .orElse(Family.IPV4.loopback());
  }

  private static Optional<ExemptMark> exempt(List<Rule> chain) {
    for (Rule rule : chain) {
      if (rule.target() instanceof Return
          && besideTcp(rule).size() == 1
          && besideTcp(rule).getFirst() instanceof Match.Mark(MarkBits bits)) {
        return Optional.of(new ExemptMark(bits.value()));
      }
    }
    return Optional.empty();
  }

  private List<String> interfaces() {
    Set<String> names = new LinkedHashSet<>();
    for (Table table : List.of(Table.NAT, Table.MANGLE)) {
      for (Rule rule : rules(table, ChainNames.OUTPUT)) {
        if (rule.target() instanceof Return
            && rule.matches().size() == 1
            && rule.matches().getFirst() instanceof Match.OutInterface(String name)
            && !name.equals("lo")) {
          names.add(name);
        }
      }
    }
    return List.copyOf(names);
  }

  private static List<PortRange> ports(List<Rule> chain, Target target) {
    Set<PortRange> ports = new LinkedHashSet<>();
    for (Rule rule : chain) {
      if (is(rule, target)
          && besideTcp(rule).size() == 1
          && besideTcp(rule).getFirst() instanceof DestinationPort(PortRange range)) {
        ports.add(range);
      }
    }
    return List.copyOf(ports);
  }

  private static List<Subnet> destinations(List<Rule> chain, Target target) {
    Set<Subnet> subnets = new LinkedHashSet<>();
    for (Rule rule : chain) {
      if (is(rule, target)
          && besideTcp(rule).size() == 1
          && besideTcp(rule).getFirst() instanceof Match.Destination(Subnet subnet)) {
        subnets.add(subnet);
      }
    }
    return List.copyOf(subnets);
  }

  private static boolean is(Rule rule, Target target) {
    return rule.target().equals(target);
  }

  private static List<Match> besideTcp(Rule rule) {
    return rule.matches().stream().filter(match -> !(match instanceof Tcp)).toList();
  }

  private List<Rule> rules(Table table, @Nullable String chain) {
    return found.families().stream().flatMap(part -> rules(part, table, chain).stream()).toList();
  }

  private static List<Rule> rules(FamilyProgram part, Table table, @Nullable String chain) {
    return part.tables().stream()
        .filter(each -> each.table() == table)
        .flatMap(each -> each.chains().stream())
        .filter(each -> chain == null || each.name().equals(chain))
        .flatMap(each -> each.rules().stream())
        .toList();
  }
}
