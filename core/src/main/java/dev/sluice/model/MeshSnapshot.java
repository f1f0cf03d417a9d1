// SPDX-License-Identifier: Apache-2.0
package dev.sluice.model;

import dev.sluice.model.AuthorizationPolicy.Action;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The services, endpoints and policies of one moment, cross-checked and indexed. A decision takes
 * one snapshot and never looks at another. Immutable.
 */
public final class MeshSnapshot {
  /** Knows no service and no policy: everything passes. */
  public static final MeshSnapshot EMPTY = of(List.of(), List.of());

  private final List<Service> services;
  private final List<AuthorizationPolicy> policies;
  private final List<ServiceFrontend> frontends;
  private final Map<ObjectName, List<Endpoint>> headlessEndpoints;
  private final Map<InetAddress, Optional<ProtectedService>> byServiceIp;

  private MeshSnapshot(
      List<Service> services, List<PortEndpoints> endpoints, List<AuthorizationPolicy> policies) {
    // Not by Comparator.comparing, for the reason that ObjectName gives.
    this.services = services.stream().sorted((a, b) -> a.name().compareTo(b.name())).toList();
    this.policies = policies.stream().sorted((a, b) -> a.name().compareTo(b.name())).toList();
    requireUniqueNames();
    requireKnownTargets();
    requireOwnNodePorts();
    this.frontends = FrontendAssembly.of(this.services, endpoints);
    this.headlessEndpoints = HeadlessEndpoints.of(this.services, endpoints);
    this.byServiceIp = indexByServiceIp();
  }

  /** Indexes services of which no endpoint is known, and policies, as the other method does. */
  public static MeshSnapshot of(List<Service> services, List<AuthorizationPolicy> policies) {
    return new MeshSnapshot(services, List.of(), policies);
  }

  /**
   * Indexes the objects.
   *
   * @throws IllegalArgumentException if two services or two policies have one name, two services
   *     have one IP, two ports have one node port and transport, endpoints are of a port that is
   *     not given, or a policy targets a service that is not given: its rules would hold nowhere
   */
  public static MeshSnapshot of(
      List<Service> services, List<PortEndpoints> endpoints, List<AuthorizationPolicy> policies) {
    return new MeshSnapshot(services, endpoints, policies);
  }

  /** Whether every decision by {@code other} would be the same. */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof MeshSnapshot that
        && services.equals(that.services)
        && policies.equals(that.policies)
        && frontends.equals(that.frontends)
        && headlessEndpoints.equals(that.headlessEndpoints);
  }

  @Override
  public int hashCode() {
    return Objects.hash(services, policies, frontends, headlessEndpoints);
  }

  /** All services, sorted by name. */
  public List<Service> services() {
    return services;
  }

  /** All policies, sorted by name. */
  public List<AuthorizationPolicy> policies() {
    return policies;
  }

  /**
   * What a load balancer needs: one for each port of each service that has a cluster IP or a node
   * port, sorted by the service's name, then in the order of its ports.
   */
  public List<ServiceFrontend> frontends() {
    return frontends;
  }

  /**
   * The endpoints of a service without a cluster IP, of all its ports and in any state, sorted; no
   * two have one address and port. Empty if none is known, and for a service with a cluster IP.
   */
  public List<Endpoint> headlessEndpoints(ObjectName service) {
    return headlessEndpoints.getOrDefault(service, List.of());
  }

  /**
   * The service that owns {@code address}, whatever the port; an IPv4 address mapped into IPv6 is
   * looked up as IPv4.
   */
  public Optional<ProtectedService> serviceAt(InetAddress address) {
    return byServiceIp.getOrDefault(IpLiteral.unmapped(address), Optional.empty());
  }

  private void requireUniqueNames() {
    Set<ObjectName> seen = new HashSet<>();
    for (Service service : services) {
      require(seen.add(service.name()), "service " + service.name() + " is given twice");
    }
    seen.clear();
    for (AuthorizationPolicy policy : policies) {
      require(seen.add(policy.name()), "policy " + policy.name() + " is given twice");
    }
  }

  private void requireKnownTargets() {
    Set<ObjectName> known = new HashSet<>();
    services.forEach(service -> known.add(service.name()));
    for (AuthorizationPolicy policy : policies) {
      for (ObjectName target : policy.targets()) {
        require(
            known.contains(target),
            "policy " + policy.name() + " targets service " + target + ", which is not given");
      }
    }
  }

  private void requireOwnNodePorts() {
    Set<String> seen = new HashSet<>();
    for (Service service : services) {
      for (ServicePort port : service.ports()) {
        port.nodePort()
            .ifPresent(
                number -> {
                  String key = port.protocol() + " node port " + number;
                  require(seen.add(key), key + " of " + service.name() + " is given twice");
                });
      }
    }
  }

  private Map<InetAddress, Optional<ProtectedService>> indexByServiceIp() {
    Map<InetAddress, Optional<ProtectedService>> index = new HashMap<>();
    for (Service service : services) {
      var entry =
          Optional.of(
              new ProtectedService(
                  service, targeting(service, Action.DENY), targeting(service, Action.ALLOW)));
      for (InetAddress ip : service.clusterIps()) {
        require(
            index.put(ip, entry) == null,
            "service IP " + ip.getHostAddress() + " of " + service.name() + " is given twice");
      }
    }
    return Map.copyOf(index);
  }

  private List<AuthorizationPolicy> targeting(Service service, Action action) {
    List<AuthorizationPolicy> found = new ArrayList<>();
    for (AuthorizationPolicy policy : policies) {
      if (policy.action() == action && policy.targets().contains(service.name())) {
        found.add(policy);
      }
    }
    return found;
  }

  private static void require(boolean condition, String problem) {
    if (!condition) {
      throw new IllegalArgumentException(problem);
    }
  }
}
