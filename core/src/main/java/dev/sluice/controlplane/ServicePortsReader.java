// SPDX-License-Identifier: Apache-2.0
package dev.sluice.controlplane;

import dev.sluice.model.ServicePort;
import dev.sluice.model.TargetPort;
import dev.sluice.model.TransportProtocol;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.snakeyaml.engine.v2.nodes.Tag;

/** Reads {@code spec.ports} of a Service. */
final class ServicePortsReader {
  private static final FieldNames PORT =
      FieldNames.reading("name", "port", "protocol", "targetPort", "nodePort")
          .ignoring("appProtocol");

  private final List<DeclaredPort> ports = new ArrayList<>();
  private final Map<String, Place> names = new HashMap<>();
  private final Map<String, Place> numbers = new HashMap<>();

  private ServicePortsReader() {}

  static List<DeclaredPort> read(Value list) {
    ServicePortsReader reader = new ServicePortsReader();
    List<Value> items = list.someItems();
    for (Value item : items) {
      item.fields(PORT).ifPresent(fields -> reader.readPort(item, fields, items.size() > 1));
    }
    return reader.ports;
  }

  private void readPort(Value item, Fields fields, boolean nameRequired) {
    Optional<Value> nameValue = nameRequired ? fields.required("name") : fields.get("name");
    Optional<String> name = nameValue.flatMap(value -> value.parsed(ObjectMeta::namespace));
    name.ifPresent(
        text ->
            PortFields.reportRepeated(names, "port name " + text, nameValue.orElseThrow().at()));
    Optional<Value> portValue = fields.required("port");
    Optional<Integer> port = portValue.flatMap(PortFields::number);
    TransportProtocol protocol = PortFields.protocol(fields);
    Optional<TargetPort> target = fields.get("targetPort").flatMap(ServicePortsReader::target);
    OptionalInt nodePort =
        fields.get("nodePort").flatMap(PortFields::number).stream().mapToInt(n -> n).findFirst();
    if (port.isPresent()) {
      PortFields.reportRepeated(
          numbers, protocol + " port " + port.get(), portValue.orElse(item).at());
      TargetPort targetPort = target.orElseGet(() -> new TargetPort.Numbered(port.get()));
      ports.add(
          new DeclaredPort(
              new ServicePort(name.orElse(""), port.get(), protocol, targetPort, nodePort),
              fields.get("nodePort").orElse(item).at()));
    }
  }

  private static Optional<TargetPort> target(Value value) {
    return value.node().getTag().equals(Tag.INT)
        ? PortFields.number(value).map(TargetPort.Numbered::new)
        : value.parsed(ObjectMeta::namespace).map(TargetPort.Named::new);
  }
}
