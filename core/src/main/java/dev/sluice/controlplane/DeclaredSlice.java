// SPDX-License-Identifier: Apache-2.0
package dev.sluice.controlplane;

import dev.sluice.model.Endpoint;
import dev.sluice.model.EndpointState;
import dev.sluice.model.ObjectName;
import dev.sluice.model.PortEndpoints;
import dev.sluice.model.TransportProtocol;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;

/**
 * A slice of a service's endpoints as a file declares it, before it is checked against the service.
 *
 * @param service the service that its label names
 * @param ports the ports, each of which every backend has
 * @param backends its {@code endpoints}, which have no port of their own
 */
record DeclaredSlice(
    Place at,
    ObjectName name,
    Located<ObjectName> service,
    List<Located<Port>> ports,
    List<Located<Backend>> backends) {
  /** Where backends serve the service's port of this name and transport. */
  record Port(String name, TransportProtocol protocol, int number) {}

  /** One of {@code endpoints}. */
  record Backend(InetAddress ip, EndpointState state) {}

  List<PortEndpoints> toEndpoints() {
    return ports.stream().map(port -> endpoints(port.value())).toList();
  }

  private PortEndpoints endpoints(Port port) {
    return new PortEndpoints(
        service.value(),
        port.name(),
        port.protocol(),
        backends.stream().map(backend -> endpoint(backend.value(), port.number())).toList());
  }

  private static Endpoint endpoint(Backend backend, int port) {
    return new Endpoint(new InetSocketAddress(backend.ip(), port), backend.state());
  }
}
