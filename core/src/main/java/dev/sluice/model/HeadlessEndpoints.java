// SPDX-License-Identifier: Apache-2.0
package dev.sluice.model;

import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Gathers the endpoints of services that have no address of their own. Stateless. */
final class HeadlessEndpoints {
  private HeadlessEndpoints() {}

  /** By service, sorted; those of services with a cluster IP, of which there are many, are not. */
  static Map<ObjectName, List<Endpoint>> of(List<Service> services, List<PortEndpoints> endpoints) {
    Set<ObjectName> headless = new HashSet<>();
    for (Service service : services) {
      if (service.clusterIps().isEmpty()) {
        headless.add(service.name());
      }
    }
    Map<ObjectName, Map<InetSocketAddress, Endpoint>> joined = new HashMap<>();
    for (PortEndpoints some : endpoints) {
      if (headless.contains(some.service())) {
        var known = joined.computeIfAbsent(some.service(), _ -> new HashMap<>());
        some.endpoints().forEach(e -> known.merge(e.address(), e, Endpoint::better));
      }
    }
    Map<ObjectName, List<Endpoint>> sorted = new HashMap<>();
    joined.forEach(
        (service, known) ->
            sorted.put(service, known.values().stream().sorted(Endpoint.ORDER).toList()));
    return Map.copyOf(sorted);
  }
}
