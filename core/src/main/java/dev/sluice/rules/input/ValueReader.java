// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.input;

import dev.sluice.rules.AddressSelection;
import dev.sluice.rules.Family;
import dev.sluice.rules.HostNames;
import dev.sluice.rules.NameServer;
import dev.sluice.rules.PortRange;
import dev.sluice.rules.Subnet;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Single values and lists of them; what is wrong goes to one list. Single-threaded. */
final class ValueReader {
  private static final long HIGHEST_ID = 4_294_967_294L;
  private static final Pattern PORTS = Pattern.compile("([0-9]{1,9})(?:[-:]([0-9]{1,9}))?");
  private static final Pattern DIGITS = Pattern.compile("[0-9]{1,10}");
  private static final Pattern HEX = Pattern.compile("0[xX][0-9A-Fa-f]{1,8}");

  private final HostNames names;
  private final List<String> problems;

  ValueReader(HostNames names, List<String> problems) {
    this.names = names;
    this.problems = problems;
  }

  /** Empty ones are dropped, as Istio does. */
  static List<String> elements(String list) {
    return List.of(list.split(",", -1)).stream().filter(each -> !each.isEmpty()).toList();
  }

  /** The default, if it is none. */
  int port(String what, String text, int standIn) {
    return number(what, text, 65535, standIn);
  }

  /** From 1. */
  int number(String what, String text, int highest, int standIn) {
    if (DIGITS.matcher(text).matches()) {
      long value = Long.parseLong(text);
      if (value >= 1 && value <= highest) {
        return (int) value;
      }
    }
    problem(what, text, "1 to " + highest);
    return standIn;
  }

  /** Decimal, or with 0x. */
  int mark(String what, String text) {
    if (HEX.matcher(text).matches()) {
      return Integer.parseUnsignedInt(text.substring(2), 16);
    }
    if (DIGITS.matcher(text).matches() && Long.parseLong(text) <= 0xffffffffL) {
      return Integer.parseUnsignedInt(text);
    }
    problem(what, text, "1 to 4294967295, or 0x1 to 0xffffffff");
    return 1337;
  }

  List<PortRange> ports(String what, String list) {
    return each(list, text -> portRange(what, text));
  }

  private Optional<PortRange> portRange(String what, String text) {
    Matcher matcher = PORTS.matcher(text);
    if (matcher.matches()) {
      int first = Integer.parseInt(matcher.group(1));
      int last = matcher.group(2) == null ? first : Integer.parseInt(matcher.group(2));
      if (first >= 1 && last <= 65535 && first <= last) {
        return Optional.of(new PortRange(first, last));
      }
    }
    problem(
        what,
        text,
        text.equals("*") ? "ports alone: '*' is no part of a list" : "1 to 65535, or FIRST-LAST");
    return Optional.empty();
  }

  List<Long> users(String what, String list) {
    return each(list, text -> id(what, text, names::user));
  }

  List<Long> groups(String what, String list) {
    return each(list, text -> id(what, text, names::group));
  }

  private Optional<Long> id(String what, String text, Function<String, OptionalLong> find) {
    if (DIGITS.matcher(text).matches()) {
      long id = Long.parseLong(text);
      if (id <= HIGHEST_ID) {
        return Optional.of(id);
      }
    }
    OptionalLong id = find.apply(text);
    if (id.isPresent()) {
      return Optional.of(id.getAsLong());
    }
    problem(what, text, "0 to " + HIGHEST_ID + ", or a name that this host knows");
    return Optional.empty();
  }

  AddressSelection destinations(String what, String list) {
    return list.equals("*")
        ? new AddressSelection.All()
        : new AddressSelection.Only(subnets(what, list));
  }

  List<Subnet> subnets(String what, String list) {
    return each(list, text -> subnet(what, text));
  }

  private Optional<Subnet> subnet(String what, String text) {
    Optional<Subnet> subnet = SubnetText.parse(text);
    if (subnet.isEmpty()) {
      problem(what, text, SubnetText.expected(text));
    }
    return subnet;
  }

  Subnet loopback(String what, String text) {
    Optional<Subnet> subnet = SubnetText.parse(text);
    boolean right =
        subnet
            .filter(s -> s.family() == Family.IPV4 && s.address().isLoopbackAddress())
            .filter(s -> s.prefixLength() >= 8)
            .isPresent();
    if (!right) {
      problem(what, text, "an IPv4 range within 127.0.0.0/8");
    }
    return right ? subnet.orElseThrow() : Family.IPV4.loopback();
  }

  /** Those that are addresses; others are left out, as Istio does. */
  List<NameServer> nameServers(List<String> texts) {
    List<NameServer> servers = new ArrayList<>();
    for (String text : texts) {
      String[] parts = text.split("%", 2);
      SubnetText.address(parts[0]).map(address -> server(address, parts)).ifPresent(servers::add);
    }
    return servers;
  }

  private static NameServer server(InetAddress address, String[] parts) {
    return new NameServer(address, parts.length > 1 ? Optional.of(parts[1]) : Optional.empty());
  }

  private static <T> List<T> each(String list, Function<String, Optional<T>> read) {
    return elements(list).stream().flatMap(text -> read.apply(text).stream()).toList();
  }

  private void problem(String what, String text, String expected) {
    problems.add(what + " '" + text + "'; expected " + expected);
  }
}
