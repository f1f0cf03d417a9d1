// SPDX-License-Identifier: Apache-2.0
package dev.sluice.model;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Joins services with their endpoints, and decides which endpoints get new connections. */
final class FrontendAssembly {
  /**
   * What Kubernetes tells the ports of all services apart by; compared as {@link ObjectName} is.
   */
  private record PortKey(ObjectName service, String portName, TransportProtocol protocol) {
    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof PortKey that
          && protocol == that.protocol
          && portName.equals(that.portName)
          && service.equals(that.service);
    }

    @Override
    public int hashCode() {
      return 31 * (31 * service.hashCode() + portName.hashCode()) + protocol.hashCode();
    }
  }

  private final Map<PortKey, Map<InetSocketAddress, Endpoint>> byPort = new HashMap<>();
  private final List<ServiceFrontend> frontends = new ArrayList<>();

  private FrontendAssembly() {}

  /**
   * One frontend for each port of each service that has a cluster IP or, at that port, a node port;
   * in the order of the services and their ports.
   *
   * @throws IllegalArgumentException if endpoints are of a port that no service has
   */
  static List<ServiceFrontend> of(List<Service> services, List<PortEndpoints> endpoints) {
    FrontendAssembly assembly = new FrontendAssembly();
    services.forEach(assembly::addPorts);
    endpoints.forEach(assembly::addEndpoints);
    services.forEach(assembly::addFrontends);
    return List.copyOf(assembly.frontends);
  }

  private void addPorts(Service service) {
    for (ServicePort port : service.ports()) {
      byPort.put(key(service, port), new HashMap<>());
    }
  }

  private void addEndpoints(PortEndpoints some) {
    Map<InetSocketAddress, Endpoint> joined =
        byPort.get(new PortKey(some.service(), some.portName(), some.protocol()));
    if (joined == null) {
      throw new IllegalArgumentException(
          "endpoints are given for port \""
              + some.portName()
              + "\" "
              + some.protocol()
              + " of service "
              + some.service()
              + ", which is not given");
    }
    for (Endpoint endpoint : some.endpoints()) {
      joined.merge(endpoint.address(), endpoint, Endpoint::better);
    }
  }

  private void addFrontends(Service service) {
    for (ServicePort port : service.ports()) {
      if (!service.clusterIps().isEmpty() || port.nodePort().isPresent()) {
        frontends.add(frontend(service, port));
      }
    }
  }

  private ServiceFrontend frontend(Service service, ServicePort port) {
    List<Endpoint> selectable = new ArrayList<>();
    List<Endpoint> unselectable = new ArrayList<>();
    Collection<Endpoint> all = byPort.getOrDefault(key(service, port), Map.of()).values();
    for (IpFamily family : ServiceFrontend.familiesOf(service.clusterIps())) {
      List<Endpoint> candidates =
          all.stream().filter(e -> e.family() == family).sorted(Endpoint.ORDER).toList();
      EndpointState worst = worstSelectable(service, candidates);
      for (Endpoint endpoint : candidates) {
        (endpoint.state().compareTo(worst) <= 0 ? selectable : unselectable).add(endpoint);
      }
    }
    return new ServiceFrontend(
        service.name(),
        port,
        service.clusterIps(),
        service.clientAffinity(),
        selectable,
        unselectable);
  }

  /** Those that shut down and still answer are better than nobody (KEP-1669). */
  private static EndpointState worstSelectable(Service service, List<Endpoint> candidates) {
    if (service.publishesNotReady()) {
      return EndpointState.NOT_READY;
    }
    boolean anyReady = candidates.stream().anyMatch(e -> e.state() == EndpointState.READY);
    return anyReady ? EndpointState.READY : EndpointState.SERVING_TERMINATING;
  }

  private static PortKey key(Service service, ServicePort port) {
    return new PortKey(service.name(), port.name(), port.protocol());
  }
}
