// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.input;

import dev.sluice.net.ExemptMark;
import dev.sluice.rules.CaptureNotes;
import dev.sluice.rules.DnsCapture;
import dev.sluice.rules.GroupSelection;
import dev.sluice.rules.HostNames;
import dev.sluice.rules.InboundSelection;
import dev.sluice.rules.Interception;
import dev.sluice.rules.InterfaceSelection;
import dev.sluice.rules.InvalidRuleOptionsException;
import dev.sluice.rules.NameServer;
import dev.sluice.rules.OutboundSelection;
import dev.sluice.rules.ProxyIdentity;
import dev.sluice.rules.ProxyPorts;
import dev.sluice.rules.RuleOptions;
import dev.sluice.rules.Selection;
import dev.sluice.rules.Unserved;
import dev.sluice.rules.istio.IstioOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Options for the planner from what was typed. Single-threaded. */
public final class OptionReader {
  private final IstioOptions typed;
  private final OwnOptions own;
  private final ValueReader values;
  private final List<String> problems = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();

  private OptionReader(IstioOptions typed, OwnOptions own, HostNames names) {
    this.typed = typed;
    this.own = own;
    this.values = new ValueReader(names, problems);
  }

  /**
   * What was typed and istio-iptables doesn't print or doesn't know.
   *
   * @param routeTable {@code -r}
   * @param outboundMode {@code --outbound-interception-mode}
   * @param dnsPort {@code --dns-port}
   * @param exemptMark {@code --exempt-mark}
   * @param onProxyDeath {@code --inbound-on-proxy-death}
   */
  public record OwnOptions(
      String routeTable,
      String outboundMode,
      String dnsPort,
      String exemptMark,
      String onProxyDeath) {}

  /**
   * The options, and remarks about them for people.
   *
   * @param notes which of two options wins, and which has no effect
   */
  public record Options(RuleOptions rules, List<String> notes) {
    /** Copies {@code notes}. */
    public Options {
      notes = List.copyOf(notes);
    }
  }

  /**
   * Reads everything.
   *
   * @throws InvalidRuleOptionsException with all problems at once
   */
  public static Options read(IstioOptions typed, OwnOptions own, HostNames names) {
    return new OptionReader(typed, own, names).read();
  }

  private Options read() {
    Interception interception = interception();
    ProxyPorts ports = ports();
    ProxyIdentity proxy = proxy();
    Selection selection = new Selection(inbound(), outbound(), interfaces());
    DnsCapture dns = dns();
    Unserved unserved = unserved();
    boolean dropInvalid = typed.surroundings().dropInvalid();
    try {
      RuleOptions options =
          new RuleOptions(interception, ports, proxy, selection, dns, unserved, dropInvalid);
      if (problems.isEmpty()) {
        notes.addAll(CaptureNotes.of(options));
        return new Options(options, notes);
      }
    } catch (InvalidRuleOptionsException e) {
      problems.addAll(e.problems());
    }
    throw new InvalidRuleOptionsException(problems);
  }

  private Interception interception() {
    String mode = typed.inbound().mode();
    String outbound = own.outboundMode();
    if (!List.of("", "REDIRECT", "TPROXY", "NODE").contains(mode)) {
      problems.add("interception mode (-m) '" + mode + "'; expected REDIRECT, TPROXY or NODE");
    }
    if (!List.of("REDIRECT", "TPROXY").contains(outbound)) {
      problems.add(
          "interception mode (--outbound-interception-mode) '"
              + outbound
              + "'; expected REDIRECT or TPROXY");
    }
    boolean tproxy = outbound.equals("TPROXY");
    return switch (mode) {
      case "TPROXY" -> tproxy ? Interception.TPROXY_BOTH : Interception.TPROXY;
      case "NODE" -> {
        if (tproxy) {
          problems.add("TPROXY for what leaves (--outbound-interception-mode) with -m NODE");
        }
        yield Interception.NODE;
      }
      default -> tproxy ? Interception.TPROXY_OUTBOUND : Interception.REDIRECT;
    };
  }

  private Unserved unserved() {
    return switch (own.onProxyDeath()) {
      case "closed" -> Unserved.LOST;
      case "open" -> Unserved.PASSED;
      default -> {
        problems.add(
            "--inbound-on-proxy-death '" + own.onProxyDeath() + "'; expected open or closed");
        yield Unserved.LOST;
      }
    };
  }

  private ProxyPorts ports() {
    // The default stands in for a value that was reported, so that the rest is checked too.
    ProxyPorts istio = ProxyPorts.ISTIO;
    return new ProxyPorts(
        values.port("outbound port (-p)", typed.ports().outbound(), istio.outbound()),
        values.port("inbound port (-z)", typed.ports().inbound(), istio.inbound()),
        values.port("tunnel port (-e)", typed.ports().tunnel(), istio.tunnel()),
        values.port("DNS port (--dns-port)", own.dnsPort(), istio.dns()));
  }

  private ProxyIdentity proxy() {
    int before = problems.size();
    List<Long> users = values.users("proxy user (-u)", typed.owners().users());
    List<Long> groups = values.groups("proxy group (-g)", typed.owners().groups());
    int mark = values.mark("mark (-t)", typed.inbound().mark());
    int table = values.number("routing table (-r)", own.routeTable(), Integer.MAX_VALUE, 133);
    boolean right = problems.size() == before;
    return right ? new ProxyIdentity(users, groups, mark, table) : ProxyIdentity.ISTIO;
  }

  private InboundSelection inbound() {
    IstioOptions.Inbound inbound = typed.inbound();
    if (inbound.ports().equals("*")) {
      return new InboundSelection.AllExcept(
          values.ports("excluded inbound port (-d)", inbound.excludedPorts()));
    }
    if (!inbound.excludedPorts().isEmpty()) {
      notes.add(
          "excluded inbound ports (-d) have no effect: they count only with -b '*', not with -b '"
              + inbound.ports()
              + "'");
    }
    return new InboundSelection.Only(values.ports("inbound port (-b)", inbound.ports()));
  }

  private OutboundSelection outbound() {
    IstioOptions.Outbound outbound = typed.outbound();
    return new OutboundSelection(
        values.destinations("destination (-i)", outbound.destinations()),
        values.subnets("excluded destination (-x)", outbound.excludedDestinations()),
        values.ports("outbound port to capture (-q)", outbound.ports()),
        values.ports("excluded outbound port (-o)", outbound.excludedPorts()),
        groups(),
        values.loopback("loopback range (ISTIO_OUTBOUND_IPV4_LOOPBACK_CIDR)", outbound.loopback()),
        exempt());
  }

  private Optional<ExemptMark> exempt() {
    try {
      return ExemptMark.parse(own.exemptMark());
    } catch (IllegalArgumentException e) {
      problems.add("mark (--exempt-mark) " + e.getMessage());
      return Optional.empty();
    }
  }

  private GroupSelection groups() {
    IstioOptions.Owners owners = typed.owners();
    String excluded = "excluded owner group (ISTIO_OUTBOUND_OWNER_GROUPS_EXCLUDE)";
    if (owners.capturedGroups().equals("*")) {
      return new GroupSelection.AllExcept(values.groups(excluded, owners.excludedGroups()));
    }
    if (!owners.excludedGroups().isEmpty()) {
      notes.add(
          "ISTIO_OUTBOUND_OWNER_GROUPS_EXCLUDE has no effect: it counts only with"
              + " ISTIO_OUTBOUND_OWNER_GROUPS='*'");
    }
    return new GroupSelection.Only(
        values.groups("owner group (ISTIO_OUTBOUND_OWNER_GROUPS)", owners.capturedGroups()));
  }

  private InterfaceSelection interfaces() {
    return new InterfaceSelection(
        ValueReader.elements(typed.surroundings().excludedInterfaces()),
        ValueReader.elements(typed.surroundings().virtualInterfaces()));
  }

  private DnsCapture dns() {
    IstioOptions.Dns dns = typed.dns();
    if (!dns.capture()) {
      if (dns.everything()) {
        notes.add("--capture-all-dns alone has no effect: it needs --redirect-dns");
      }
      return new DnsCapture.Off();
    }
    if (dns.everything()) {
      return new DnsCapture.Everything();
    }
    List<NameServer> servers = values.nameServers(dns.servers());
    if (servers.isEmpty()) {
      notes.add(
          "DNS is not captured (--redirect-dns): /etc/resolv.conf names no server; perhaps"
              + " --capture-all-dns is meant");
      return new DnsCapture.Off();
    }
    return new DnsCapture.Servers(servers);
  }
}
