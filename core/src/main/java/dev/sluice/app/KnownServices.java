// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.model.ServiceFrontend;
import dev.sluice.observe.ServiceNames;
import dev.sluice.trace.AddressPort;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Services by the names that people give them. Immutable.
 *
 * @param ports of them all; of two that fit the first counts
 */
record KnownServices(List<Port> ports) {
  /**
   * One port of a service.
   *
   * @param service {@code namespace/name}
   * @param protocol {@code TCP} or {@code UDP}
   */
  record Port(String service, InetSocketAddress address, String protocol) {
    private boolean isOf(String name) {
      int slash = service.indexOf('/');
      String plain = service.substring(slash + 1);
      return name.equals(service)
          || name.equals(plain)
          || (slash > 0 && name.equals(plain + "." + service.substring(0, slash)));
    }
  }

  KnownServices {
    ports = List.copyOf(ports);
  }

  /** Of files, and then of what the socket load balancer has in force. */
  static KnownServices of(List<ServiceFrontend> files, ServiceNames balanced) {
    List<Port> ports = new ArrayList<>();
    for (ServiceFrontend each : files) {
      for (InetAddress ip : each.clusterIps()) {
        InetSocketAddress address = new InetSocketAddress(ip, each.port().port());
        ports.add(new Port(each.service().toString(), address, each.port().protocol().name()));
      }
    }
    // Sorted, so that the same name always is the same address: IPv4 comes before a bracket.
    new TreeMap<>(balanced.byAddress())
        .forEach(
            (key, service) -> {
              int slash = key.lastIndexOf('/');
              AddressPort.parse(key.substring(0, Math.max(slash, 0)))
                  .ifPresent(
                      address -> ports.add(new Port(service, address, key.substring(slash + 1))));
            });
    return new KnownServices(ports);
  }

  /**
   * The addresses of a service, the first of a file first.
   *
   * @param name {@code name}, {@code name.namespace} or {@code namespace/name}
   * @return empty if no service has that name, and it can be one of another kind
   * @throws IOException if it has no such port, or more than one service is meant; the message says
   *     which
   */
  List<InetSocketAddress> find(String name, int port, String protocol) throws IOException {
    List<Port> named = ports.stream().filter(each -> each.isOf(name)).toList();
    Set<String> services =
        named.stream().map(Port::service).collect(Collectors.toCollection(TreeSet::new));
    if (services.size() > 1) {
      throw new IOException(
          "--to '"
              + name
              + "': that is "
              + String.join(" and ", services)
              + "; expected one of them, as NAMESPACE/NAME");
    }
    if (named.isEmpty()) {
      if (name.contains("/")) {
        throw new IOException(
            "--to '" + name + "': no such service in --file or in the socket load balancer");
      }
      return List.of();
    }
    List<InetSocketAddress> found =
        named.stream()
            .filter(each -> each.protocol().equals(protocol) && each.address().getPort() == port)
            .map(Port::address)
            .distinct()
            .toList();
    if (found.isEmpty()) {
      Set<Integer> there =
          named.stream()
              .filter(each -> each.protocol().equals(protocol))
              .map(each -> each.address().getPort())
              .collect(Collectors.toCollection(TreeSet::new));
      throw new IOException(
          "--to '%s:%d': service %s has no such port of %s; %s"
              .formatted(
                  name,
                  port,
                  services.iterator().next(),
                  protocol,
                  there.isEmpty() ? "it has none at all" : "expected one of " + there));
    }
    return found;
  }
}
