// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.istio;

import java.util.Arrays;
import java.util.List;

/**
 * The options of istio-iptables as they were typed: it copies most of them into rules unread.
 * Immutable.
 *
 * @param ipv6 whether rules for IPv6 are printed too
 */
public record IstioOptions(
    Ports ports,
    Owners owners,
    Inbound inbound,
    Outbound outbound,
    Dns dns,
    Surroundings surroundings,
    boolean ipv6) {
  /**
   * Ports of the proxy.
   *
   * @param outbound {@code -p}
   * @param inbound {@code -z}
   * @param tunnel {@code -e}
   */
  public record Ports(String outbound, String inbound, String tunnel) {}

  /**
   * Whose connections count.
   *
   * @param users {@code -u}, parted by commas
   * @param groups {@code -g}, parted by commas
   * @param capturedGroups {@code ISTIO_OUTBOUND_OWNER_GROUPS}
   * @param excludedGroups {@code ISTIO_OUTBOUND_OWNER_GROUPS_EXCLUDE}
   */
  public record Owners(String users, String groups, String capturedGroups, String excludedGroups) {}

  /**
   * What arrives.
   *
   * @param mode {@code -m}; TPROXY, or anything else for REDIRECT
   * @param ports {@code -b}
   * @param excludedPorts {@code -d}
   * @param mark {@code -t}
   */
  public record Inbound(String mode, String ports, String excludedPorts, String mark) {}

  /**
   * What leaves.
   *
   * @param destinations {@code -i}
   * @param excludedDestinations {@code -x}
   * @param ports {@code -q}
   * @param excludedPorts {@code -o}
   * @param loopback {@code ISTIO_OUTBOUND_IPV4_LOOPBACK_CIDR}
   */
  public record Outbound(
      String destinations,
      String excludedDestinations,
      String ports,
      String excludedPorts,
      String loopback) {}

  /**
   * Look-ups of names.
   *
   * @param capture {@code --redirect-dns}
   * @param everything {@code --capture-all-dns}
   * @param servers of resolv.conf, in their order; looked at only without {@code everything}
   */
  public record Dns(boolean capture, boolean everything, List<String> servers) {
    /** Copies {@code servers}. */
    public Dns {
      servers = List.copyOf(servers);
    }
  }

  /**
   * The rest.
   *
   * @param excludedInterfaces {@code -c}
   * @param virtualInterfaces {@code -k}
   * @param dropInvalid {@code --drop-invalid}
   */
  public record Surroundings(
      String excludedInterfaces, String virtualInterfaces, boolean dropInvalid) {}

  boolean tproxy() {
    return inbound.mode().equals("TPROXY");
  }

  boolean capturesInbound() {
    return !inbound.ports().isEmpty();
  }

  /** The name servers of IPv4, canonical; none with {@code --capture-all-dns}. */
  List<String> serversV4() {
    return servers(false);
  }

  /** The name servers of IPv6, canonical; none with {@code --capture-all-dns}. */
  List<String> serversV6() {
    return servers(true);
  }

  private List<String> servers(boolean ipv6Ones) {
    if (!dns.capture() || dns.everything()) {
      return List.of();
    }
    return dns.servers().stream()
        .flatMap(server -> GoAddress.parse(server).stream())
        .filter(server -> server.ipv6() == ipv6Ones)
        .map(GoAddress::text)
        .toList();
  }

  /** DNS capture without a server to capture is none. */
  boolean capturesDns() {
    return dns.capture() && (dns.everything() || !serversV4().isEmpty() || !serversV6().isEmpty());
  }

  boolean includesLoopback() {
    return GoPrefix.list(outbound.destinations()).stream().anyMatch(GoPrefix::loopback);
  }

  /** Elements that are empty are dropped; blanks stay. */
  static List<String> split(String list) {
    return Arrays.stream(list.split(",", -1)).filter(element -> !element.isEmpty()).toList();
  }
}
