// SPDX-License-Identifier: Apache-2.0
package dev.sluice.model;

import dev.sluice.net.AddressText;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.Comparator;

/**
 * One address that serves a port of a service, whether or not it takes new connections now. Sorts
 * by family, address and port, whatever the state.
 *
 * @param address the endpoint's own address and port, never a service IP
 * @param state what may be sent there
 */
public record Endpoint(InetSocketAddress address, EndpointState state) {
  static final Comparator<Endpoint> ORDER = Endpoint::compare;

  /**
   * Checks the address.
   *
   * @throws IllegalArgumentException if {@code address} is a name, or its port is 0
   */
  public Endpoint {
    if (address.isUnresolved()) {
      throw new IllegalArgumentException(
          "endpoint " + address + " is a name; expected an IP address and a port");
    }
    Ports.require(address.getPort());
    address = new InetSocketAddress(IpLiteral.unmapped(address.getAddress()), address.getPort());
  }

  /** Not what {@code Comparator.comparing} makes: {@link ObjectName} says why. */
  private static int compare(Endpoint a, Endpoint b) {
    int byFamily = a.family().compareTo(b.family());
    if (byFamily != 0) {
      return byFamily;
    }
    int byAddress = Arrays.compareUnsigned(a.ip().getAddress(), b.ip().getAddress());
    return byAddress != 0
        ? byAddress
        : Integer.compare(a.address().getPort(), b.address().getPort());
  }

  /** While an endpoint moves from one slice to another it is in both, and one may be older. */
  static Endpoint better(Endpoint a, Endpoint b) {
    return a.state().compareTo(b.state()) <= 0 ? a : b;
  }

  /** The address without the port. */
  public InetAddress ip() {
    return address.getAddress();
  }

  /** The family of the address. */
  public IpFamily family() {
    return IpFamily.of(ip());
  }

  /** {@code 10.0.0.1:80 READY}. */
  @Override
  public String toString() {
    return AddressText.of(address) + " " + state;
  }
}
