// SPDX-License-Identifier: Apache-2.0
package dev.sluice.observe;

import dev.sluice.model.ServiceFrontend;
import dev.sluice.net.AddressText;
import dev.sluice.socketlb.InstalledLoadBalancer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Which service an address is of. Immutable.
 *
 * @param byAddress by service IP, port and protocol, as {@code 10.96.0.1:80/TCP}
 */
public record ServiceNames(Map<String, String> byAddress) {
  /** Copies it. */
  public ServiceNames {
    byAddress = Map.copyOf(byAddress);
  }

  /** Of Services in files. */
  public static ServiceNames of(List<ServiceFrontend> frontends) {
    Map<String, String> names = new HashMap<>();
    for (ServiceFrontend frontend : frontends) {
      frontend
          .clusterIps()
          .forEach(
              ip ->
                  names.put(
                      key(
                          new InetSocketAddress(ip, frontend.port().port()),
                          frontend.port().protocol().name()),
                      frontend.service().toString()));
    }
    return new ServiceNames(names);
  }

  /** Of what the socket load balancer has in force. */
  public static ServiceNames of(InstalledLoadBalancer balancer) throws IOException {
    Map<String, String> names = new HashMap<>();
    for (InstalledLoadBalancer.ListedSet set : balancer.list()) {
      set.frontends().forEach(frontend -> names.put(frontend, plain(set.name())));
    }
    return new ServiceNames(names);
  }

  /** {@code namespace/name:port} without the port, if there is one. */
  private static String plain(String set) {
    int colon = set.indexOf(':');
    return colon < 0 ? set : set.substring(0, colon);
  }

  /** These, and for addresses that have none here, those of {@code others}. */
  public ServiceNames or(ServiceNames others) {
    Map<String, String> all = new HashMap<>(others.byAddress);
    all.putAll(byAddress);
    return new ServiceNames(all);
  }

  Optional<String> of(InetSocketAddress address, String protocol) {
    return Optional.ofNullable(byAddress.get(key(address, protocol)));
  }

  private static String key(InetSocketAddress address, String protocol) {
    return AddressText.of(address) + "/" + protocol;
  }
}
