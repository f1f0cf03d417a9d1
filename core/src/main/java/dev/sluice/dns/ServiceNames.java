// SPDX-License-Identifier: Apache-2.0
package dev.sluice.dns;

import dev.sluice.model.Endpoint;
import dev.sluice.model.EndpointState;
import dev.sluice.model.MeshSnapshot;
import dev.sluice.model.Service;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The names that services of a snapshot answer to (<a
 * href="https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/#services">DNS for
 * Services</a>): {@code web.shop.svc.cluster.local}, {@code web.shop.svc} and {@code web.shop}
 * everywhere, and {@code web} inside the namespace {@code shop}. Immutable.
 */
public final class ServiceNames {
  private final Map<String, List<InetAddress>> byName;
  private final int services;

  private ServiceNames(Map<String, List<InetAddress>> byName, int services) {
    this.byName = Map.copyOf(byName);
    this.services = services;
  }

  /**
   * Names the services of {@code snapshot} that have addresses: cluster IPs, or for a headless one
   * those of its endpoints that are ready. A service of which neither is known, such as one that is
   * only another name, is left to the name servers.
   */
  public static ServiceNames of(MeshSnapshot snapshot, SearchDomain here) {
    Map<String, List<InetAddress>> byName = new HashMap<>();
    int named = 0;
    for (Service service : snapshot.services()) {
      Optional<List<InetAddress>> addresses = addresses(snapshot, service);
      if (addresses.isPresent()) {
        named++;
        put(service, here, addresses.get(), byName);
      }
    }
    return new ServiceNames(byName, named);
  }

  private static Optional<List<InetAddress>> addresses(MeshSnapshot snapshot, Service service) {
    if (!service.clusterIps().isEmpty()) {
      return Optional.of(service.clusterIps());
    }
    List<Endpoint> known = snapshot.headlessEndpoints(service.name());
    return known.isEmpty()
        ? Optional.empty()
        : Optional.of(
            known.stream()
                .filter(e -> service.publishesNotReady() || e.state() == EndpointState.READY)
                .map(Endpoint::ip)
                .distinct()
                .toList());
  }

  private static void put(
      Service service,
      SearchDomain here,
      List<InetAddress> addresses,
      Map<String, List<InetAddress>> byName) {
    String name = service.name().name().toLowerCase(Locale.ROOT);
    String namespace = service.name().namespace().toLowerCase(Locale.ROOT);
    if (namespace.equals(here.namespace())) {
      byName.put(name, addresses);
    }
    String qualified = name + "." + namespace;
    byName.put(qualified, addresses);
    byName.put(qualified + ".svc", addresses);
    byName.put(qualified + ".svc." + here.clusterDomain(), addresses);
  }

  /** How many services have a name here. */
  public int services() {
    return services;
  }

  /**
   * The addresses of both families, in the order of the object.
   *
   * @param name in small letters, without the last dot
   * @return empty if no service has that name
   */
  Optional<List<InetAddress>> find(String name) {
    return Optional.ofNullable(byName.get(name));
  }
}
