// SPDX-License-Identifier: Apache-2.0
package dev.sluice.admin;

import dev.sluice.model.Endpoint;
import dev.sluice.model.IpFamily;
import dev.sluice.model.IpLiteral;
import dev.sluice.model.MeshSnapshot;
import dev.sluice.model.ServiceFrontend;
import dev.sluice.net.AddressText;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Addresses by the names that the configuration has for them. Immutable. */
final class MeshNames {
  private final MeshSnapshot snapshot;
  private final Map<InetAddress, String> backends = new HashMap<>();

  MeshNames(MeshSnapshot snapshot) {
    this.snapshot = snapshot;
    for (ServiceFrontend frontend : snapshot.frontends()) {
      String name = frontend.service().name().toString();
      for (IpFamily family : IpFamily.values()) {
        for (List<Endpoint> some :
            List.of(frontend.selectable(family), frontend.unselectable(family))) {
          some.forEach(endpoint -> backends.putIfAbsent(endpoint.ip(), name));
        }
      }
    }
  }

  /** Whether it holds for {@code now}; asked each second, so not by comparing all objects. */
  @SuppressWarnings("ReferenceEquality")
  boolean areOf(MeshSnapshot now) {
    return snapshot == now;
  }

  /** {@code bank/ledger:80}, {@code 10.0.0.9:80 of bank/ledger} or {@code 10.0.0.9:80}. */
  String of(@Nullable InetSocketAddress destination) {
    if (destination == null) {
      return "unknown";
    }
    return snapshot
        .serviceAt(destination.getAddress())
        .map(at -> at.service().name() + ":" + destination.getPort())
        .orElseGet(() -> AddressText.of(destination) + backend(destination.getAddress()));
  }

  /** {@code 10.0.0.9 of bank/ledger} or {@code 10.0.0.9}. */
  String of(InetAddress client) {
    return AddressText.of(client) + backend(client);
  }

  private String backend(InetAddress address) {
    @Nullable String name = backends.get(IpLiteral.unmapped(address));
    return name == null ? "" : " of " + name;
  }
}
