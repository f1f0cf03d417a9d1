// SPDX-License-Identifier: Apache-2.0
package dev.sluice.controlplane;

import dev.sluice.model.Ports;
import dev.sluice.model.ServicePort;
import dev.sluice.model.TargetPort;
import dev.sluice.model.TransportProtocol;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.snakeyaml.engine.v2.nodes.Tag;

/** Reads {@code spec.ports} of a Service. */
final class ServicePortsReader {
  private static final FieldNames PORT =
      FieldNames.reading("name", "port", "protocol", "targetPort")
          .ignoring("appProtocol", "nodePort");

  private final List<ServicePort> ports = new ArrayList<>();
  private final Map<String, Value> names = new HashMap<>();
  private final Map<String, Value> numbers = new HashMap<>();

  private ServicePortsReader() {}

  static List<ServicePort> read(Value list) {
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
    name.ifPresent(text -> reportRepeated(names, text, nameValue.orElseThrow(), "port name"));
    Optional<Value> portValue = fields.required("port");
    Optional<Integer> port = portValue.flatMap(ServicePortsReader::number);
    TransportProtocol protocol =
        fields
            .get("protocol")
            .flatMap(value -> value.parsed(ServicePortsReader::protocol))
            .orElse(TransportProtocol.TCP);
    Optional<TargetPort> target = fields.get("targetPort").flatMap(ServicePortsReader::target);
    if (port.isPresent()) {
      reportRepeated(numbers, protocol + " port " + port.get(), portValue.orElse(item), "");
      TargetPort targetPort = target.orElseGet(() -> new TargetPort.Numbered(port.get()));
      ports.add(new ServicePort(name.orElse(""), port.get(), protocol, targetPort));
    }
  }

  private static void reportRepeated(Map<String, Value> seen, String key, Value at, String what) {
    Value first = seen.putIfAbsent(key, at);
    if (first != null) {
      at.report((what + " " + key).strip() + " is given twice; first at " + first.place());
    }
  }

  private static Optional<Integer> number(Value value) {
    OptionalInt number = value.integer();
    if (number.isEmpty()) {
      return Optional.empty();
    }
    if (!Ports.isValid(number.getAsInt())) {
      value.report(number.getAsInt() + " is out of range; expected 1 to 65535");
      return Optional.empty();
    }
    return Optional.of(number.getAsInt());
  }

  private static TransportProtocol protocol(String text) {
    for (TransportProtocol protocol : TransportProtocol.values()) {
      if (protocol.name().equals(text)) {
        return protocol;
      }
    }
    throw new IllegalArgumentException(
        "expected one of " + Arrays.toString(TransportProtocol.values()));
  }

  private static Optional<TargetPort> target(Value value) {
    return value.node().getTag().equals(Tag.INT)
        ? number(value).map(TargetPort.Numbered::new)
        : value.parsed(ObjectMeta::namespace).map(TargetPort.Named::new);
  }
}
