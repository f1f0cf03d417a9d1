// SPDX-License-Identifier: Apache-2.0
package dev.sluice.controlplane;

import dev.sluice.model.ObjectName;
import dev.sluice.model.Service;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads a core/v1 Service. */
final class ServiceReader {
  private static final FieldNames OBJECT =
      FieldNames.reading("apiVersion", "kind", "metadata", "spec").ignoring("status");

  /**
   * Addresses beside the cluster IPs would be ways around a policy on the service, so they are
   * refused rather than left out.
   */
  private static final FieldNames SPEC =
      FieldNames.reading(
              "clusterIP",
              "clusterIPs",
              "externalName",
              "ports",
              "publishNotReadyAddresses",
              "sessionAffinity",
              "sessionAffinityConfig",
              "type")
          .ignoring(
              "allocateLoadBalancerNodePorts",
              "externalTrafficPolicy",
              "healthCheckNodePort",
              "internalTrafficPolicy",
              "ipFamilies",
              "ipFamilyPolicy",
              "loadBalancerClass",
              "loadBalancerSourceRanges",
              "selector",
              "trafficDistribution")
          .refusing("a service has its cluster IPs only", "externalIPs", "loadBalancerIP");

  private static final String HEADLESS = "None";

  private ServiceReader() {}

  /** The service; empty if the object has not even a name. */
  static Optional<DeclaredService> read(Value object) {
    int before = object.problems().count();
    Optional<Fields> fields = object.fields(OBJECT);
    Optional<ObjectName> name = fields.flatMap(ObjectMeta::read).map(ObjectMeta::name);
    Optional<Fields> spec =
        fields.flatMap(f -> f.required("spec")).flatMap(value -> value.fields(SPEC));
    if (spec.isEmpty()) {
      return name.map(n -> unsound(object, n));
    }
    ServiceType type = ServiceType.read(spec.get());
    List<Located<InetAddress>> ips = clusterIps(spec.get());
    List<DeclaredPort> ports =
        spec.get().get("ports").map(ServicePortsReader::read).orElse(List.of());
    if (ports.isEmpty() && !ips.isEmpty()) {
      spec.get().required("ports");
    }
    type.check(spec.get(), ips, ports);
    Optional<Duration> affinity = SessionAffinityReader.read(spec.get());
    boolean publishes =
        spec.get().get("publishNotReadyAddresses").flatMap(Value::bool).orElse(false);
    boolean sound = object.problems().count() == before;
    return name.map(
        n ->
            new DeclaredService(
                object.at(),
                new Service(
                    n,
                    ips.stream().map(Located::value).toList(),
                    ports.stream().map(DeclaredPort::port).toList(),
                    affinity,
                    publishes),
                ips,
                ports,
                sound));
  }

  private static DeclaredService unsound(Value object, ObjectName name) {
    return new DeclaredService(
        object.at(), new Service(name, List.of(), List.of()), List.of(), List.of(), false);
  }

  /** {@code clusterIPs} holds the same first address as {@code clusterIP}, where both are given. */
  private static List<Located<InetAddress>> clusterIps(Fields spec) {
    List<Located<InetAddress>> single = new ArrayList<>();
    spec.get("clusterIP").ifPresent(value -> addIp(value, single));
    Optional<Value> list = spec.get("clusterIPs");
    if (list.isEmpty()) {
      return single;
    }
    List<Located<InetAddress>> all = new ArrayList<>();
    list.get().items().forEach(item -> addIp(item, all));
    if (spec.has("clusterIP") && !firstOf(single).equals(firstOf(all))) {
      list.get().report("the first address differs from clusterIP; expected the same");
    }
    boolean oneOfEach = all.size() == 2 && isIpv4(all.get(0)) != isIpv4(all.get(1));
    if (all.size() > 1 && !oneOfEach) {
      list.get().report("expected at most one address of each family");
    }
    return all;
  }

  private static Optional<InetAddress> firstOf(List<Located<InetAddress>> ips) {
    return ips.stream().findFirst().map(Located::value);
  }

  private static boolean isIpv4(Located<InetAddress> ip) {
    return ip.value().getAddress().length == 4;
  }

  private static void addIp(Value value, List<Located<InetAddress>> into) {
    Optional<String> text = value.text();
    if (text.isPresent() && !text.get().isEmpty() && !text.get().equals(HEADLESS)) {
      value.parsed(UnicastAddress::parse).ifPresent(ip -> into.add(new Located<>(ip, value.at())));
    }
  }
}
