// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules;

/** An address family with the addresses that have a fixed meaning in it. */
public enum Family {
  /** IPv4, {@code iptables}. */
  IPV4("IPv4", "iptables", "-4", "127.0.0.1/32", "127.0.0.0/8", "127.0.0.6/32"),
  /** IPv6, {@code ip6tables}. */
  IPV6("IPv6", "ip6tables", "-6", "::1/128", "::1/128", "::6/128");

  private final String label;
  private final String program;
  private final String ipOption;
  private final String loopback;
  private final String loopbackSubnet;
  private final String passthroughSource;

  Family(
      String label,
      String program,
      String ipOption,
      String loopback,
      String loopbackSubnet,
      String passthroughSource) {
    this.label = label;
    this.program = program;
    this.ipOption = ipOption;
    this.loopback = loopback;
    this.loopbackSubnet = loopbackSubnet;
    this.passthroughSource = passthroughSource;
  }

  /** For people: {@code IPv4} or {@code IPv6}. */
  public String label() {
    return label;
  }

  /** {@code iptables} or {@code ip6tables}. */
  public String program() {
    return program;
  }

  /** The option of {@code ip(8)} that selects this family. */
  public String ipOption() {
    return ipOption;
  }

  /** The one loopback address that applications use: never captured. */
  public Subnet loopback() {
    return Subnet.parse(loopback);
  }

  /** All addresses that the kernel treats as loopback. */
  public Subnet loopbackSubnet() {
    return Subnet.parse(loopbackSubnet);
  }

  /** What the proxy dials the application from when it can't use the client's own address. */
  public Subnet passthroughSource() {
    return Subnet.parse(passthroughSource);
  }
}
