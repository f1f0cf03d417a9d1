// SPDX-License-Identifier: Apache-2.0
package dev.sluice.controlplane;

import dev.sluice.model.MeshSnapshot;
import dev.sluice.model.ObjectName;
import dev.sluice.net.AddressText;
import java.net.InetAddress;
import java.util.LinkedHashMap;
import java.util.Map;

/** Puts objects of all files together and checks them against each other. */
final class SnapshotAssembler {
  private final Map<ObjectName, DeclaredService> services = new LinkedHashMap<>();
  private final Map<ObjectName, DeclaredPolicy> policies = new LinkedHashMap<>();
  private final Map<InetAddress, Place> serviceIps = new LinkedHashMap<>();
  private final Map<String, Place> nodePorts = new LinkedHashMap<>();
  private final SliceAssembler slices = new SliceAssembler();

  void add(DeclaredService service) {
    DeclaredService first = services.putIfAbsent(service.name(), service);
    if (first != null) {
      reportRepeated("service", service.name(), service.at(), first.at());
      return;
    }
    for (Located<InetAddress> ip : service.clusterIps()) {
      Place previous = serviceIps.putIfAbsent(ip.value(), ip.at());
      if (previous != null) {
        ip.at()
            .report(
                "service IP "
                    + AddressText.of(ip.value())
                    + " is given twice; first at "
                    + previous);
      }
    }
    service.ports().forEach(this::addNodePort);
  }

  private void addNodePort(DeclaredPort port) {
    port.port()
        .nodePort()
        .ifPresent(
            number ->
                PortFields.reportRepeated(
                    nodePorts, port.port().protocol() + " node port " + number, port.nodePortAt()));
  }

  void add(DeclaredSlice slice) {
    slices.add(slice);
  }

  void add(DeclaredPolicy policy) {
    DeclaredPolicy first = policies.putIfAbsent(policy.name(), policy);
    if (first != null) {
      reportRepeated("policy", policy.name(), policy.at(), first.at());
    }
  }

  /**
   * Reports policies that would hold nowhere and endpoints that nobody would use. Wants every file
   * to have been read.
   */
  void checkReferences() {
    for (DeclaredPolicy policy : policies.values()) {
      for (Located<ObjectName> target : policy.targets()) {
        checkTarget(target);
      }
    }
    slices.check(services, serviceIps);
  }

  private void checkTarget(Located<ObjectName> target) {
    DeclaredService service = services.get(target.value());
    if (service == null) {
      target.at().report("service " + target.value() + " is in none of the files");
    } else if (service.sound() && service.clusterIps().isEmpty()) {
      target
          .at()
          .report(
              "service "
                  + target.value()
                  + " has no cluster IP, so the policy would hold nowhere; expected one at "
                  + service.at());
    }
  }

  /** The snapshot of what was added. Call it only if nothing was reported. */
  MeshSnapshot snapshot() {
    return MeshSnapshot.of(
        services.values().stream().map(DeclaredService::service).toList(),
        slices.endpoints(),
        policies.values().stream().map(DeclaredPolicy::toPolicy).toList());
  }

  private static void reportRepeated(String what, ObjectName name, Place at, Place first) {
    at.report(what + " " + name + " is given twice; first at " + first);
  }
}
