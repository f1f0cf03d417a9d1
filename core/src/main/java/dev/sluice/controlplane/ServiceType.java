// SPDX-License-Identifier: Apache-2.0
package dev.sluice.controlplane;

import java.net.InetAddress;
import java.util.List;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/** {@code spec.type} of a Service, spelled as Kubernetes does, with what it allows beside it. */
enum ServiceType {
  ClusterIP,
  NodePort,
  LoadBalancer,
  ExternalName;

  /**
   * The type; {@link #ClusterIP} if there is none, and if it is none of these, which is reported.
   */
  static ServiceType read(Fields spec) {
    return spec.get("type").flatMap(value -> value.parsed(ServiceType::parse)).orElse(ClusterIP);
  }

  private static ServiceType parse(String text) {
    for (ServiceType type : values()) {
      if (type.name().equals(text)) {
        return type;
      }
    }
    throw new IllegalArgumentException(
        "expected one of ClusterIP, NodePort, LoadBalancer, ExternalName");
  }

  /** Reports what the API server would refuse of a service of this type. */
  void check(Fields spec, List<Located<InetAddress>> clusterIps, List<DeclaredPort> ports) {
    switch (this) {
      case ClusterIP -> ports.forEach(ServiceType::refuseNodePort);
      case NodePort, LoadBalancer ->
          spec.get("clusterIP")
              .filter(value -> value.node() instanceof ScalarNode s && s.getValue().equals("None"))
              .ifPresent(
                  value ->
                      value.report("type is " + this + "; expected an address or no such field"));
      case ExternalName -> {
        spec.required("externalName").ifPresent(value -> value.parsed(ServiceType::hostName));
        clusterIps.forEach(
            ip -> ip.at().report("type is ExternalName; expected no cluster IP beside it"));
      }
    }
    if (this != ExternalName) {
      spec.get("externalName")
          .ifPresent(
              value -> value.report("type is " + this + "; expected type ExternalName beside it"));
    }
  }

  private static void refuseNodePort(DeclaredPort port) {
    if (port.port().nodePort().isPresent()) {
      port.nodePortAt().report("type is ClusterIP; expected NodePort or LoadBalancer");
    }
  }

  private static String hostName(String text) {
    return ObjectMeta.objectName(text.endsWith(".") ? text.substring(0, text.length() - 1) : text);
  }
}
