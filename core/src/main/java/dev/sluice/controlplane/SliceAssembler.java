// SPDX-License-Identifier: Apache-2.0
package dev.sluice.controlplane;

import dev.sluice.controlplane.DeclaredSlice.Backend;
import dev.sluice.controlplane.DeclaredSlice.Port;
import dev.sluice.model.ObjectName;
import dev.sluice.model.PortEndpoints;
import dev.sluice.model.ServicePort;
import dev.sluice.net.AddressText;
import java.net.InetAddress;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Puts the endpoint slices of all files together and checks them against the services. */
final class SliceAssembler {
  private final Map<ObjectName, DeclaredSlice> slices = new LinkedHashMap<>();

  void add(DeclaredSlice slice) {
    DeclaredSlice first = slices.putIfAbsent(slice.name(), slice);
    if (first != null) {
      slice
          .at()
          .report("endpoint slice " + slice.name() + " is given twice; first at " + first.at());
    }
  }

  /** Reports slices that no service would use. Wants every file to have been read. */
  void check(Map<ObjectName, DeclaredService> services, Map<InetAddress, Place> serviceIps) {
    for (DeclaredSlice slice : slices.values()) {
      DeclaredService service = services.get(slice.service().value());
      if (service == null) {
        slice
            .service()
            .at()
            .report("service " + slice.service().value() + " is in none of the files");
      } else if (service.sound()) {
        slice.ports().forEach(port -> checkPort(port, service));
      }
      slice.backends().forEach(backend -> checkBackend(backend, serviceIps));
    }
  }

  private static void checkPort(Located<Port> port, DeclaredService service) {
    for (DeclaredPort known : service.ports()) {
      if (known.port().name().equals(port.value().name())
          && known.port().protocol() == port.value().protocol()) {
        return;
      }
    }
    port.at()
        .report(
            "service "
                + service.name()
                + " at "
                + service.at()
                + " has no port "
                + describe(port.value().name(), port.value().protocol().name())
                + "; expected one of "
                + service.ports().stream()
                    .map(DeclaredPort::port)
                    .map(SliceAssembler::describe)
                    .collect(Collectors.joining(", ", "[", "]")));
  }

  private static String describe(ServicePort port) {
    return describe(port.name(), port.protocol().name());
  }

  private static String describe(String name, String protocol) {
    return Quoted.of(name) + " " + protocol;
  }

  /** Kubernetes forbids it: nobody translates such an address a second time. */
  private static void checkBackend(Located<Backend> backend, Map<InetAddress, Place> serviceIps) {
    Place serviceIp = serviceIps.get(backend.value().ip());
    if (serviceIp != null) {
      backend
          .at()
          .report(
              AddressText.of(backend.value().ip())
                  + " is the service IP at "
                  + serviceIp
                  + "; expected an endpoint's own address");
    }
  }

  List<PortEndpoints> endpoints() {
    return slices.values().stream().flatMap(slice -> slice.toEndpoints().stream()).toList();
  }
}
