// SPDX-License-Identifier: Apache-2.0
package dev.sluice.controlplane;

import dev.sluice.controlplane.DeclaredSlice.Backend;
import dev.sluice.controlplane.DeclaredSlice.Port;
import dev.sluice.model.IpFamily;
import dev.sluice.model.ObjectName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads a discovery.k8s.io/v1 <a
 * href="https://kubernetes.io/docs/reference/kubernetes-api/service-resources/endpoint-slice-v1/">EndpointSlice</a>.
 */
final class EndpointSliceReader {
  private static final FieldNames OBJECT =
      FieldNames.reading("apiVersion", "kind", "metadata", "addressType", "endpoints", "ports");

  private static final FieldNames PORT =
      FieldNames.reading("name", "port", "protocol").ignoring("appProtocol");

  private static final String SERVICE_NAME = "kubernetes.io/service-name";

  private EndpointSliceReader() {}

  /** The slice; empty if it has no name or says no service, which is reported. */
  static Optional<DeclaredSlice> read(Value object) {
    Optional<Fields> fields = object.fields(OBJECT);
    if (fields.isEmpty()) {
      return Optional.empty();
    }
    Optional<ObjectMeta> metadata = ObjectMeta.read(fields.get());
    Optional<Located<ObjectName>> service = metadata.flatMap(EndpointSliceReader::service);
    Optional<IpFamily> family =
        fields.get().required("addressType").flatMap(v -> v.parsed(EndpointSliceReader::family));
    List<Located<Port>> ports = ports(fields.get());
    List<Located<Backend>> backends = new ArrayList<>();
    for (Value item : itemsOrNothing(fields.get().get("endpoints"))) {
      EndpointReader.read(item, family).ifPresent(b -> backends.add(new Located<>(b, item.at())));
    }
    return service.map(
        s -> new DeclaredSlice(object.at(), metadata.orElseThrow().name(), s, ports, backends));
  }

  private static Optional<Located<ObjectName>> service(ObjectMeta metadata) {
    Optional<Value> label =
        metadata.requiredLabel(SERVICE_NAME, "the name of the service that it is a slice of");
    return label
        .flatMap(value -> value.parsed(ObjectMeta::objectName))
        .map(name -> new ObjectName(metadata.name().namespace(), name))
        .map(name -> new Located<>(name, label.orElseThrow().at()));
  }

  private static IpFamily family(String text) {
    return switch (text) {
      case "IPv4" -> IpFamily.IPV4;
      case "IPv6" -> IpFamily.IPV6;
      case "FQDN" ->
          throw new IllegalArgumentException("names are not supported; expected IPv4 or IPv6");
      default -> throw new IllegalArgumentException("expected IPv4 or IPv6");
    };
  }

  /** Kubernetes itself writes {@code null} into the slice of a service that nobody serves. */
  private static List<Value> itemsOrNothing(Optional<Value> list) {
    return list.filter(value -> !value.isNull()).map(Value::items).orElse(List.of());
  }

  private static List<Located<Port>> ports(Fields slice) {
    List<Located<Port>> ports = new ArrayList<>();
    Map<String, Place> names = new HashMap<>();
    for (Value item : itemsOrNothing(slice.get("ports"))) {
      Optional<Port> port = item.fields(PORT).flatMap(fields -> port(item, fields));
      if (port.isPresent()) {
        PortFields.reportRepeated(names, "port name " + Quoted.of(port.get().name()), item.at());
        ports.add(new Located<>(port.get(), item.at()));
      }
    }
    return ports;
  }

  private static Optional<Port> port(Value item, Fields fields) {
    Optional<String> name =
        fields.has("name")
            ? fields.get("name").flatMap(value -> value.parsed(EndpointSliceReader::portName))
            : Optional.of("");
    Optional<Value> number = fields.get("port").filter(value -> !value.isNull());
    if (number.isEmpty()) {
      item.report("it has no port and so stands for all, which is not supported; expected a port");
    }
    return name.flatMap(
        n ->
            number
                .flatMap(PortFields::number)
                .map(port -> new Port(n, PortFields.protocol(fields), port)));
  }

  private static String portName(String text) {
    return text.isEmpty() ? text : ObjectMeta.namespace(text);
  }
}
