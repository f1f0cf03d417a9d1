// SPDX-License-Identifier: Apache-2.0
package dev.sluice.controlplane;

import dev.sluice.model.PolicyCondition;
import java.util.List;
import java.util.Optional;

/** Reads one {@code when} entry of a rule. */
final class PolicyConditionReader {
  private static final FieldNames CONDITION = FieldNames.reading("key", "values", "notValues");
  private static final List<String> SUPPORTED =
      List.of("source.ip", "destination.ip", "destination.port");

  private static final List<String> UNSUPPORTED =
      List.of(
          "remote.ip",
          "source.namespace",
          "source.principal",
          "source.serviceAccount",
          "connection.sni");

  private PolicyConditionReader() {}

  static Optional<PolicyCondition> read(Value item) {
    Optional<Fields> fields = item.fields(CONDITION);
    if (fields.isEmpty()) {
      return Optional.empty();
    }
    if (!fields.get().has("values") && !fields.get().has("notValues")) {
      item.report("it has neither values nor notValues; expected one of them");
    }
    Optional<Value> keyValue = fields.get().required("key");
    Optional<String> key = keyValue.flatMap(value -> value.parsed(PolicyConditionReader::key));
    return key.map(k -> condition(k, fields.get()));
  }

  private static String key(String text) {
    if (SUPPORTED.contains(text)) {
      return text;
    }
    throw new IllegalArgumentException(
        (isIstios(text) ? "this key is not supported" : "this key is unknown")
            + "; expected one of "
            + String.join(", ", SUPPORTED));
  }

  /** Whether it is one of the keys that are about HTTP, identities or TLS. */
  private static boolean isIstios(String key) {
    return UNSUPPORTED.contains(key)
        || key.startsWith("request.")
        || key.startsWith("experimental.");
  }

  private static PolicyCondition condition(String key, Fields fields) {
    return switch (key) {
      case "source.ip" ->
          new PolicyCondition.SourceIp(
              PolicyRuleReader.ipBlocks(fields, "values"),
              PolicyRuleReader.ipBlocks(fields, "notValues"));
      case "destination.ip" ->
          new PolicyCondition.DestinationIp(
              PolicyRuleReader.ipBlocks(fields, "values"),
              PolicyRuleReader.ipBlocks(fields, "notValues"));
      case "destination.port" ->
          new PolicyCondition.DestinationPort(
              PolicyRuleReader.ports(fields, "values"),
              PolicyRuleReader.ports(fields, "notValues"));
      default -> throw new IllegalStateException("key " + key + " was accepted but is not read");
    };
  }
}
