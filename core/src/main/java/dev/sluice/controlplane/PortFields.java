// SPDX-License-Identifier: Apache-2.0
package dev.sluice.controlplane;

import dev.sluice.model.Ports;
import dev.sluice.model.TransportProtocol;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** Reads what the ports of services and those of endpoint slices have in common. */
final class PortFields {
  private PortFields() {}

  /** A port number; empty if it is none, which is reported. */
  static Optional<Integer> number(Value value) {
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

  /** The field {@code protocol}; TCP if there is none. */
  static TransportProtocol protocol(Fields port) {
    return port.get("protocol")
        .flatMap(value -> value.parsed(PortFields::protocol))
        .orElse(TransportProtocol.TCP);
  }

  /** Remembers {@code key} as standing at {@code at}; reports it if it stands somewhere already. */
  static void reportRepeated(Map<String, Place> seen, String key, Place at) {
    Place first = seen.putIfAbsent(key, at);
    if (first != null) {
      at.report(key + " is given twice; first at " + first);
    }
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
}
