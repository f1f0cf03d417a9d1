// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.socketlb;

/** Services with their endpoints as Kubernetes prints them. */
final class ServiceYaml {
  private ServiceYaml() {}

  /** TCP port 80 of {@code address}, served by port 8080 of {@code backend}. */
  static String web(String address, String backend) {
    return web(address, backend, 8080);
  }

  /** TCP port 80 of {@code address}, served by one backend of the same family. */
  static String web(String address, String backend, int port) {
    return """
    apiVersion: v1
    kind: Service
    metadata: {name: web}
    spec: {clusterIP: "%s", ports: [{name: http, port: 80}]}
    ---
    apiVersion: discovery.k8s.io/v1
    kind: EndpointSlice
    metadata:
      name: web-1
      labels: {kubernetes.io/service-name: web}
    addressType: %s
    ports: [{name: http, port: %d}]
    endpoints:
    - addresses: ["%s"]
    """
        .formatted(address, address.contains(":") ? "IPv6" : "IPv4", port, backend);
  }
}
