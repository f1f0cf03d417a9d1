// SPDX-License-Identifier: Apache-2.0
package dev.sluice.controlplane;

import dev.sluice.controlplane.DeclaredSlice.Backend;
import dev.sluice.model.EndpointState;
import dev.sluice.model.IpFamily;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;

/** Reads one element of {@code endpoints} of an EndpointSlice. */
final class EndpointReader {
  /** What is ignored says which pod or where it runs: an endpoint is the same one anywhere. */
  private static final FieldNames ENDPOINT =
      FieldNames.reading("addresses", "conditions")
          .ignoring("deprecatedTopology", "hints", "hostname", "nodeName", "targetRef", "zone");

  private static final FieldNames CONDITIONS =
      FieldNames.reading("ready", "serving", "terminating");

  private EndpointReader() {}

  /**
   * The backend; empty if it has no usable address, which is reported.
   *
   * @param family what the slice says its addresses are; empty if that isn't known
   */
  static Optional<Backend> read(Value item, Optional<IpFamily> family) {
    Optional<Fields> fields = item.fields(ENDPOINT);
    Optional<InetAddress> ip =
        fields.flatMap(f -> f.required("addresses")).flatMap(value -> address(value, family));
    EndpointState state =
        fields
            .flatMap(f -> f.get("conditions"))
            .flatMap(value -> value.fields(CONDITIONS))
            .map(EndpointReader::state)
            .orElse(EndpointState.READY);
    return ip.map(address -> new Backend(address, state));
  }

  private static Optional<InetAddress> address(Value list, Optional<IpFamily> family) {
    List<Value> items = list.someItems();
    if (items.size() > 1) {
      items
          .get(1)
          .report("the API gives no meaning to a second address; expected one in each endpoint");
    }
    return items.stream().findFirst().flatMap(item -> parsed(item, family));
  }

  private static Optional<InetAddress> parsed(Value item, Optional<IpFamily> family) {
    return item.parsed(
        text ->
            family.isPresent()
                ? UnicastAddress.parse(text, family.get())
                : UnicastAddress.parse(text));
  }

  /** What isn't said is taken for the best: ready; serving as it is ready; not terminating. */
  private static EndpointState state(Fields conditions) {
    boolean ready = condition(conditions, "ready", true);
    return EndpointState.of(
        ready,
        condition(conditions, "serving", ready),
        condition(conditions, "terminating", false));
  }

  private static boolean condition(Fields conditions, String name, boolean unsaid) {
    return conditions
        .get(name)
        .filter(value -> !value.isNull())
        .flatMap(Value::bool)
        .orElse(unsaid);
  }
}
