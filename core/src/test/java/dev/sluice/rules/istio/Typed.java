// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.istio;

import java.util.List;

/** Options as typed, by their letters; what isn't given has Istio's default. */
record Typed(IstioOptions options) {
  static Typed defaults() {
    return new Typed(
        new IstioOptions(
            new IstioOptions.Ports("15001", "15006", "15008"),
            new IstioOptions.Owners("1337", "1337", "*", ""),
            new IstioOptions.Inbound("", "", "", "1337"),
            new IstioOptions.Outbound("", "", "", "", "127.0.0.1/32"),
            new IstioOptions.Dns(false, false, List.of()),
            new IstioOptions.Surroundings("", "", false),
            false));
  }

  Typed ports(String outbound, String inbound, String tunnel) {
    return new Typed(
        new IstioOptions(
            new IstioOptions.Ports(outbound, inbound, tunnel),
            options.owners(),
            options.inbound(),
            options.outbound(),
            options.dns(),
            options.surroundings(),
            options.ipv6()));
  }

  Typed owners(String users, String groups) {
    return owners(users, groups, "*", "");
  }

  Typed owners(String users, String groups, String captured, String excluded) {
    return new Typed(
        new IstioOptions(
            options.ports(),
            new IstioOptions.Owners(users, groups, captured, excluded),
            options.inbound(),
            options.outbound(),
            options.dns(),
            options.surroundings(),
            options.ipv6()));
  }

  Typed inbound(String mode, String ports, String excluded) {
    return inbound(mode, ports, excluded, "1337");
  }

  Typed inbound(String mode, String ports, String excluded, String mark) {
    return new Typed(
        new IstioOptions(
            options.ports(),
            options.owners(),
            new IstioOptions.Inbound(mode, ports, excluded, mark),
            options.outbound(),
            options.dns(),
            options.surroundings(),
            options.ipv6()));
  }

  Typed outbound(String destinations, String excluded) {
    return outbound(destinations, excluded, "", "", "127.0.0.1/32");
  }

  Typed outbound(
      String destinations, String excluded, String ports, String excludedPorts, String loopback) {
    return new Typed(
        new IstioOptions(
            options.ports(),
            options.owners(),
            options.inbound(),
            new IstioOptions.Outbound(destinations, excluded, ports, excludedPorts, loopback),
            options.dns(),
            options.surroundings(),
            options.ipv6()));
  }

  Typed dns(boolean everything, String... servers) {
    return new Typed(
        new IstioOptions(
            options.ports(),
            options.owners(),
            options.inbound(),
            options.outbound(),
            new IstioOptions.Dns(true, everything, List.of(servers)),
            options.surroundings(),
            options.ipv6()));
  }

  Typed surroundings(String excluded, String virtual, boolean dropInvalid) {
    return new Typed(
        new IstioOptions(
            options.ports(),
            options.owners(),
            options.inbound(),
            options.outbound(),
            options.dns(),
            new IstioOptions.Surroundings(excluded, virtual, dropInvalid),
            options.ipv6()));
  }

  Typed ipv6() {
    return new Typed(
        new IstioOptions(
            options.ports(),
            options.owners(),
            options.inbound(),
            options.outbound(),
            options.dns(),
            options.surroundings(),
            true));
  }

  String iptables() {
    return IstioProgram.iptables(options);
  }

  String nft() {
    return IstioProgram.nft(options);
  }
}
