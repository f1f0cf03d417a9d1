// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.topology;

import dev.sluice.net.AddressText;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Locale;

/** The address family of the packets of a scenario. */
public enum Family {
  /** IPv4. */
  IPV4("127.0.0.1", "127.0.0.6", "10.7.2.3", "10.96.0."),
  /** IPv6. */
  IPV6("::1", "::6", "2001:db8:7:2::3", "fd00:10:96::");

  private final InetAddress loopback;
  private final InetAddress passthroughSource;
  private final InetAddress secondBackend;
  private final String services;

  Family(String loopback, String passthroughSource, String secondBackend, String services) {
    this.loopback = InetAddress.ofLiteral(loopback);
    this.passthroughSource = InetAddress.ofLiteral(passthroughSource);
    this.secondBackend = InetAddress.ofLiteral(secondBackend);
    this.services = services;
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
    return service(10);
  }

  /** A service IP that the host translates to the client pod, as kube-proxy would. */
  public InetAddress selfServiceIp() {
    return service(20);
  }

  /** A service IP that nobody owns: only load balancing leads from it to a pod. */
  public InetAddress balancedServiceIp() {
    return service(30);
  }

  /** Another one with the same backends, which no policy mentions. */
  public InetAddress openServiceIp() {
    return service(40);
  }

  /** The server pod's further address: the other backend of the services that are balanced. */
  public InetAddress secondBackend() {
    return secondBackend;
  }

  private InetAddress service(int number) {
    return InetAddress.ofLiteral(services + number);
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
