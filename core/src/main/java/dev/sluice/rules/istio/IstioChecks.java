// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.istio;

import static dev.sluice.rules.istio.IstioOptions.split;

import dev.sluice.rules.HostNames;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What istio-iptables would print without a word, and iptables or nft then refuses to load; and
 * what it refuses itself. A value that is in no rule isn't looked at. Pure. Measured with iptables
 * 1.8.9 and nft 1.0.6.
 */
public final class IstioChecks {
  /** More matches than that in one rule are refused. */
  private static final int GROUPS_OF_IPTABLES = 49;

  private static final int GROUPS_OF_NFT = 63;
  private static final long HIGHEST_ID = 4_294_967_294L;
  private static final Pattern IDS = Pattern.compile("([0-9]{1,10})(?:-([0-9]{1,10}))?");
  private static final Pattern MARK = Pattern.compile("0[xX][0-9A-Fa-f]{1,8}|0|[1-9][0-9]{0,9}");
  private static final Pattern NFT_NAME = Pattern.compile("[A-Za-z][A-Za-z0-9_./:-]*\\*?");

  /** Words of nft's language that it takes for no name of an interface. */
  private static final Set<String> NFT_WORDS =
      Set.of(
          ("accept add bridge comment continue counter cpu create ct delete describe drop exists"
                  + " expires flow flush gc-interval goto handle hour ibriport ibrname icmpv6 iif"
                  + " iifgroup iifname iiftype inet insert jhash jump mark masquerade meta meter"
                  + " missing netdev nftrace notrack obriport obrname oif oifgroup oifname oiftype"
                  + " or priority rename replace return rt0 rt2 rtclassid rule ruleset skgid srh"
                  + " symhash tcp th typeof udp vmap xt")
              .split(" "));

  private final IstioOptions options;
  private final boolean nft;
  private final HostNames names;
  private final List<String> problems = new ArrayList<>();

  private IstioChecks(IstioOptions options, boolean nft, HostNames names) {
    this.options = options;
    this.nft = nft;
    this.names = names;
  }

  /**
   * Every problem, one line each; none if the program can be loaded.
   *
   * @param nft whether it is loaded by nft, otherwise by iptables-restore
   */
  public static List<String> of(IstioOptions options, boolean nft, HostNames names) {
    IstioChecks checks = new IstioChecks(options, nft, names);
    checks.mode();
    checks.ports();
    checks.owners();
    checks.destinations();
    checks.interfaces();
    checks.nameServers();
    return checks.problems;
  }

  private void mode() {
    String mode = options.inbound().mode();
    if (!Set.of("", "REDIRECT", "TPROXY").contains(mode)) {
      problem("interception mode (-m)", mode, "REDIRECT or TPROXY");
    }
    String mark = options.inbound().mark();
    boolean right =
        MARK.matcher(mark).matches()
            && (mark.startsWith("0") || Long.parseLong(mark) <= 0xffffffffL);
    if (options.tproxy() && !right) {
      problem("mark (-t)", mark, "0 to 4294967295, or 0x0 to 0xffffffff");
    }
  }

  private void ports() {
    IstioOptions.Ports ports = options.ports();
    onePort("outbound port (-p)", ports.outbound());
    onePort("inbound port (-z)", ports.inbound());
    onePort("tunnel port (-e)", ports.tunnel());
    IstioOptions.Inbound inbound = options.inbound();
    if (inbound.ports().equals("*")) {
      ports("excluded inbound port (-d)", inbound.excludedPorts());
    } else {
      ports("inbound port (-b)", inbound.ports());
    }
    ports("outbound port to capture (-q)", options.outbound().ports());
    ports("excluded outbound port (-o)", options.outbound().excludedPorts());
  }

  private void onePort(String what, String text) {
    if (!isPort(text)) {
      problem(what, text, "1 to 65535");
    }
  }

  private void ports(String what, String list) {
    String expected = "1 to 65535, or FIRST" + (nft ? "-" : ":") + "LAST";
    for (String text : split(list)) {
      String[] ends = text.split(nft ? "-" : ":", -1);
      boolean right =
          ends.length == 1
              ? isPort(text) || names.tcpServices().contains(text)
              : ends.length == 2
                  && isPort(ends[0])
                  && isPort(ends[1])
                  && Integer.parseInt(ends[0]) <= Integer.parseInt(ends[1]);
      if (!right) {
        problem(what, text, expected);
      }
    }
  }

  private static boolean isPort(String text) {
    return text.matches("[1-9][0-9]{0,4}") && Integer.parseInt(text) <= 65535;
  }

  private void owners() {
    IstioOptions.Owners owners = options.owners();
    ids("proxy user (-u)", owners.users(), names::user);
    ids("proxy group (-g)", owners.groups(), names::group);
    if (owners.capturedGroups().equals("*")) {
      ids(
          "excluded owner group (ISTIO_OUTBOUND_OWNER_GROUPS_EXCLUDE)",
          owners.excludedGroups(),
          names::group);
      return;
    }
    ids("owner group (ISTIO_OUTBOUND_OWNER_GROUPS)", owners.capturedGroups(), names::group);
    int number = split(owners.capturedGroups()).size();
    int most = nft ? GROUPS_OF_NFT : GROUPS_OF_IPTABLES;
    if (number > most) {
      problems.add(
          "%d owner groups (ISTIO_OUTBOUND_OWNER_GROUPS); expected at most %d, all that %s takes in one rule"
              .formatted(number, most, nft ? "nft" : "iptables"));
    }
  }

  private void ids(String what, String list, Function<String, OptionalLong> find) {
    for (String text : split(list)) {
      Matcher ids = IDS.matcher(text);
      boolean right =
          ids.matches()
              ? Long.parseLong(ids.group(ids.group(2) == null ? 1 : 2)) <= HIGHEST_ID
              : find.apply(text).isPresent();
      if (!right) {
        problem(what, text, "0 to " + HIGHEST_ID + ", or a name that this host knows");
      }
    }
  }

  private void destinations() {
    IstioOptions.Outbound outbound = options.outbound();
    if (!outbound.destinations().equals("*")) {
      ranges("destination (-i)", outbound.destinations());
    }
    ranges("excluded destination (-x)", outbound.excludedDestinations());
    boolean loopback =
        GoPrefix.parse(outbound.loopback())
            .filter(range -> !range.address().ipv6() && range.loopback() && range.length() >= 8)
            .isPresent();
    if (!loopback) {
      problem(
          "loopback range (ISTIO_OUTBOUND_IPV4_LOOPBACK_CIDR)",
          outbound.loopback(),
          "an IPv4 range within 127.0.0.0/8");
    }
  }

  private void ranges(String what, String list) {
    for (String text : split(list)) {
      if (GoPrefix.parse(text).isEmpty()) {
        problem(
            what, text, "ADDRESS/LENGTH, with a length of 0 to 32 for IPv4 and 0 to 128 for IPv6");
      }
    }
  }

  private void interfaces() {
    interfaces("excluded interface (-c)", options.surroundings().excludedInterfaces());
    interfaces("virtual interface (-k)", options.surroundings().virtualInterfaces());
  }

  private void interfaces(String what, String list) {
    for (String name : split(list)) {
      boolean right =
          name.length() <= 15
              && name.chars().allMatch(c -> c > ' ' && c != '/')
              && !name.startsWith("!")
              && (!nft || (NFT_NAME.matcher(name).matches() && !NFT_WORDS.contains(name)));
      if (!right) {
        problem(what, name, "a name of at most 15 characters that " + reader() + " takes");
      }
    }
  }

  private void nameServers() {
    if (!options.capturesDns() || options.dns().everything()) {
      return;
    }
    for (String server : options.dns().servers()) {
      boolean used = options.ipv6() || GoAddress.parse(server).filter(a -> a.ipv6()).isEmpty();
      if (used && GoAddress.parse(server).filter(GoAddress::zoned).isPresent()) {
        problem("name server (/etc/resolv.conf)", server, "an address without a zone");
      }
    }
    if (nft && !options.ipv6() && options.serversV4().isEmpty()) {
      problems.add(
          "only name servers of IPv6 (/etc/resolv.conf) while IPv6 is off; expected one of IPv4, or"
              + " --dual-stack: nft refuses the jump to a chain without rules");
    }
  }

  private String reader() {
    return nft ? "nft" : "iptables";
  }

  private void problem(String what, String text, String expected) {
    problems.add(what + " '" + text + "'; expected " + expected);
  }
}
