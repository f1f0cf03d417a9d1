// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.topology;

import dev.sluice.net.AddressText;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Locale;

/** The address family of the packets of a scenario. */
public enum Family {
  /** IPv4. */
  IPV4("127.0.0.1", "127.0.0.6", "10.96.0.10", "10.96.0.20"),
  /** IPv6. */
  IPV6("::1", "::6", "fd00:10:96::10", "fd00:10:96::20");

  private final InetAddress loopback;
  private final InetAddress passthroughSource;
  private final InetAddress serviceIp;
  private final InetAddress selfServiceIp;

  Family(String loopback, String passthroughSource, String serviceIp, String selfServiceIp) {
    this.loopback = InetAddress.ofLiteral(loopback);
    this.passthroughSource = InetAddress.ofLiteral(passthroughSource);
    this.serviceIp = InetAddress.ofLiteral(serviceIp);
    this.selfServiceIp = InetAddress.ofLiteral(selfServiceIp);
  }

  /** {@code 127.0.0.1} or {@code ::1}. */
  public InetAddress loopback() {
    return loopback;
  }

  /** {@code 127.0.0.6} or {@code ::6}: what an application sees behind a REDIRECT proxy. */
  public InetAddress passthroughSource() {
    return passthroughSource;
  }

  /** A service IP that the server pod owns as a further address. */
  public InetAddress serviceIp() {
    return serviceIp;
  }

  /** A service IP that the host translates to the client pod, as kube-proxy would. */
  public InetAddress selfServiceIp() {
    return selfServiceIp;
  }

  /** As it stands in the JSON: {@code ipv4} or {@code ipv6}. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** {@code address:port} in the form in which every party of the demo writes it. */
  public static String endpoint(InetAddress address, int port) {
    return AddressText.of(new InetSocketAddress(address, port));
  }
}
