// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.serviceip;

import dev.sluice.lab.topology.Family;

/**
 * The services of these tests. Nobody has their addresses: a connection to one succeeds only where
 * it is load balanced or intercepted. Each has two backends in each family, addresses of the server
 * pod.
 */
final class Services {
  static final int COUNT = 8;

  /** Of every service. */
  static final int PORT = 80;

  /** Of every backend. */
  static final int BACKEND_PORT = 8080;

  /** The one that a policy closes for the client pod. */
  static final int CLOSED = 1;

  static final String POLICY =
      """
      ---
      apiVersion: security.istio.io/v1
      kind: AuthorizationPolicy
      metadata:
        name: closed
        namespace: shop
      spec:
        targetRefs:
        - kind: Service
          group: ""
          name: s%d
        action: DENY
        rules:
        - from:
          - source:
              ipBlocks: [10.7.1.0/24, "2001:db8:7:1::/64"]
      """
          .formatted(CLOSED);

  private Services() {}

  static String ip(Family family, int service) {
    int last = 1 + service;
    return family == Family.IPV4 ? "10.96.7." + last : "fd00:10:96:7::" + last;
  }

  static String backend(Family family, int service, int which) {
    int last = 20 + 2 * service + which;
    return family == Family.IPV4 ? "10.7.2." + last : "2001:db8:7:2::" + last;
  }

  /** Services and their EndpointSlices. */
  static String yaml() {
    StringBuilder yaml = new StringBuilder();
    for (int service = 0; service < COUNT; service++) {
      yaml.append(
          """
          ---
          apiVersion: v1
          kind: Service
          metadata: {name: s%d, namespace: shop}
          spec:
            clusterIPs: ["%s", "%s"]
            ports: [{port: %d, targetPort: %d}]
          """
              .formatted(
                  service, ip(Family.IPV4, service), ip(Family.IPV6, service), PORT, BACKEND_PORT));
      yaml.append(slice(Family.IPV4, service)).append(slice(Family.IPV6, service));
    }
    return yaml.toString();
  }

  private static String slice(Family family, int service) {
    return """
    ---
    apiVersion: discovery.k8s.io/v1
    kind: EndpointSlice
    metadata:
      name: s%d-%s
      namespace: shop
      labels: {kubernetes.io/service-name: s%d}
    addressType: %s
    ports: [{port: %d}]
    endpoints: [{addresses: ["%s"]}, {addresses: ["%s"]}]
    """
        .formatted(
            service,
            family.text(),
            service,
            family == Family.IPV4 ? "IPv4" : "IPv6",
            BACKEND_PORT,
            backend(family, service, 0),
            backend(family, service, 1));
  }
}
