// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.routing;

import dev.sluice.rules.Family;
import dev.sluice.rules.MarkBits;
import dev.sluice.rules.RoutingEntry;
import dev.sluice.rules.RoutingEntry.LocalDefaultRoute;
import dev.sluice.rules.RoutingEntry.LocalSourceRule;
import dev.sluice.rules.RoutingEntry.LoopbackAddress;
import dev.sluice.rules.RoutingEntry.MarkRule;
import dev.sluice.rules.Subnet;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * One policy rule, route or address in the words of ip(8), so that what is wanted and what is there
 * can be compared.
 *
 * @param text for a rule its preference, then its selector; for a route all up to its table; an
 *     address with its prefix length
 */
public record RoutingItem(Kind kind, String text) {
  /**
   * What Sluice makes carries this number, and so is told apart from anybody else's. Unassigned in
   * /etc/iproute2/rt_protos and in the kernel's rtnetlink.h.
   */
  static final int PROTOCOL = 157;

  /**
   * The same for addresses: ip(8) of Debian 12 can't give them a protocol, but a metric, which
   * serves no other purpose for an address of lo.
   */
  static final int ADDRESS_METRIC = 13370;

  /** What kind of thing {@code ip} calls it. */
  public enum Kind {
    /** {@code ip route}. */
    ROUTE,
    /** {@code ip rule}. */
    RULE,
    /** {@code ip addr}, of lo. */
    ADDRESS
  }

  /** An entry of a program. */
  public static RoutingItem of(RoutingEntry entry) {
    return switch (entry) {
      case MarkRule(int preference, MarkBits mark, int table) ->
          new RoutingItem(Kind.RULE, preference + " from all fwmark " + mark + " lookup " + table);
      case LocalSourceRule(int preference, Subnet source, int table) ->
          new RoutingItem(
              Kind.RULE,
              preference + " from " + withoutHostLength(source) + " iif lo lookup " + table);
      case LocalDefaultRoute(int table) ->
          new RoutingItem(Kind.ROUTE, "local default dev lo table " + table);
      case LoopbackAddress(Subnet address) -> new RoutingItem(Kind.ADDRESS, address.toString());
    };
  }

  /** The command that makes it ours. */
  public List<String> adding(Family family) {
    List<String> words = command(family, "add", true);
    if (kind == Kind.ADDRESS) {
      // Else it is tentative for a moment, and a proxy that starts then can't bind it.
      words.add("nodad");
    }
    return words;
  }

  /** The command that removes ours. */
  public List<String> deleting(Family family) {
    return command(family, "del", true);
  }

  /** The command that makes it without our number. */
  List<String> addingForeign(Family family) {
    return command(family, "add", false);
  }

  /** The command that removes what somebody else made. */
  List<String> deletingForeign(Family family) {
    return command(family, "del", false);
  }

  private List<String> command(Family family, String verb, boolean tagged) {
    List<String> words = new ArrayList<>(List.of("ip", family.ipOption()));
    words.addAll(
        switch (kind) {
          case RULE -> List.of("rule", verb, "pref");
          case ROUTE -> List.of("route", verb);
          case ADDRESS -> List.of("addr", verb);
        });
    words.addAll(Arrays.asList(text.split(" ")));
    if (kind == Kind.ADDRESS) {
      words.addAll(List.of("dev", "lo"));
    }
    if (tagged) {
      words.addAll(
          switch (kind) {
            case RULE -> List.of("protocol", Integer.toString(PROTOCOL));
            case ROUTE -> List.of("proto", Integer.toString(PROTOCOL));
            case ADDRESS -> List.of("metric", Integer.toString(ADDRESS_METRIC));
          });
    }
    return words;
  }

  /** As {@code ip rule} prints it: a single address without its length. */
  private static String withoutHostLength(Subnet subnet) {
    String text = subnet.toString();
    boolean host = subnet.prefixLength() == subnet.address().getAddress().length * 8;
    return host ? text.substring(0, text.indexOf('/')) : text;
  }
}
