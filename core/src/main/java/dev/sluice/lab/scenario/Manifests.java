// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.scenario;

import dev.sluice.lab.party.Servers;
import dev.sluice.lab.topology.Family;
import dev.sluice.lab.topology.Party;
import dev.sluice.net.AddressText;
import java.net.InetAddress;
import java.util.function.Function;

/** The Kubernetes objects that the demo writes down, as YAML. Pure. */
final class Manifests {
  /** The port of the denied half of the ledger service. */
  static final int DENIED_PORT = Servers.BANNER_PORT;

  private static final String POLICY =
      """
      apiVersion: security.istio.io/v1
      kind: AuthorizationPolicy
      metadata:
        name: deny-ledger
        namespace: default
      spec:
        targetRefs:
        - kind: Service
          group: ""
          name: ledger
        action: DENY
        rules:
        - to:
          - operation:
              ports: ["%d"]
      """
          .formatted(DENIED_PORT);

  private Manifests() {}

  /** Denies one port of the service with these addresses, whoever leads it to its backends. */
  static String policyOn(Function<Family, InetAddress> serviceIp) {
    return service("ledger", serviceIp) + POLICY;
  }

  /** Two services with the same two backends: one that policies deny, one that none mentions. */
  static String balancedServices() {
    return service("ledger", Family::balancedServiceIp)
        + slice("ledger", Family.IPV4)
        + slice("ledger", Family.IPV6)
        + service("orders", Family::openServiceIp)
        + slice("orders", Family.IPV4)
        + slice("orders", Family.IPV6);
  }

  /** The same, and the policy that denies a port of the first. */
  static String balancedServicesWithPolicy() {
    return balancedServices() + POLICY;
  }

  private static String service(String name, Function<Family, InetAddress> ip) {
    return """
    apiVersion: v1
    kind: Service
    metadata:
      name: %1$s
      namespace: default
    spec:
      clusterIP: "%2$s"
      clusterIPs: ["%2$s", "%3$s"]
      ports:
      - name: greeting
        port: %4$d
      - name: http
        port: %5$d
      - name: echo
        port: %6$d
    ---
    """
        .formatted(
            name,
            AddressText.of(ip.apply(Family.IPV4)),
            AddressText.of(ip.apply(Family.IPV6)),
            Servers.BANNER_PORT,
            Servers.NGINX_PORT,
            Servers.ECHO_PORT);
  }

  private static String slice(String name, Family family) {
    return """
    apiVersion: discovery.k8s.io/v1
    kind: EndpointSlice
    metadata:
      name: %1$s-%2$s
      namespace: default
      labels:
        kubernetes.io/service-name: %1$s
    addressType: %3$s
    ports:
    - name: greeting
      port: %6$d
    - name: http
      port: %7$d
    - name: echo
      port: %8$d
    endpoints:
    - addresses: ["%4$s"]
    - addresses: ["%5$s"]
    ---
    """
        .formatted(
            name,
            family.text(),
            family == Family.IPV4 ? "IPv4" : "IPv6",
            AddressText.of(Party.SERVER.address(family)),
            AddressText.of(family.secondBackend()),
            Servers.BANNER_PORT,
            Servers.NGINX_PORT,
            Servers.ECHO_PORT);
  }
}
