// SPDX-License-Identifier: Apache-2.0
package dev.sluice.controlplane;

import dev.sluice.model.IpBlock;
import dev.sluice.model.OperationMatch;
import dev.sluice.model.PolicyRule;
import dev.sluice.model.Ports;
import dev.sluice.model.SourceMatch;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * Reads {@code spec.rules}. A list that is there but empty, and a match without a condition, are
 * refused: Istio refuses them too, and both readings of them ("none" and "any") can be meant.
 */
final class PolicyRuleReader {
  private static final String NEEDS_IDENTITY = "it needs mutual TLS; only ipBlocks are known here";
  private static final String IS_HTTP = "it is about HTTP; only ports are known here";

  private static final FieldNames RULE = FieldNames.reading("from", "to", "when");
  private static final FieldNames FROM = FieldNames.reading("source");
  private static final FieldNames TO = FieldNames.reading("operation");

  private static final FieldNames SOURCE =
      FieldNames.reading("ipBlocks", "notIpBlocks")
          .refusing(
              NEEDS_IDENTITY,
              "principals",
              "notPrincipals",
              "namespaces",
              "notNamespaces",
              "serviceAccounts",
              "notServiceAccounts")
          .refusing(
              "it is about HTTP requests and their tokens; only ipBlocks are known here",
              "requestPrincipals",
              "notRequestPrincipals",
              "remoteIpBlocks",
              "notRemoteIpBlocks");

  private static final FieldNames OPERATION =
      FieldNames.reading("ports", "notPorts")
          .refusing(IS_HTTP, "hosts", "notHosts", "methods", "notMethods", "paths", "notPaths");

  private PolicyRuleReader() {}

  static List<PolicyRule> readAll(Value rules) {
    List<PolicyRule> read = new ArrayList<>();
    for (Value item : rules.items()) {
      item.fields(RULE).map(PolicyRuleReader::rule).ifPresent(read::add);
    }
    return read;
  }

  private static PolicyRule rule(Fields fields) {
    return new PolicyRule(
        each(fields.get("from"), PolicyRuleReader::source),
        each(fields.get("to"), PolicyRuleReader::operation),
        each(fields.get("when"), PolicyConditionReader::read));
  }

  private static <T> List<T> each(Optional<Value> list, Function<Value, Optional<T>> reader) {
    List<T> read = new ArrayList<>();
    for (Value item : list.map(Value::someItems).orElse(List.of())) {
      reader.apply(item).ifPresent(read::add);
    }
    return read;
  }

  private static Optional<SourceMatch> source(Value item) {
    return inner(item, FROM, "source", SOURCE)
        .map(
            fields ->
                new SourceMatch(ipBlocks(fields, "ipBlocks"), ipBlocks(fields, "notIpBlocks")));
  }

  private static Optional<OperationMatch> operation(Value item) {
    return inner(item, TO, "operation", OPERATION)
        .map(fields -> new OperationMatch(ports(fields, "ports"), ports(fields, "notPorts")));
  }

  private static Optional<Fields> inner(
      Value item, FieldNames outerNames, String name, FieldNames innerNames) {
    Optional<Value> value = item.fields(outerNames).flatMap(outer -> outer.required(name));
    Optional<Fields> fields = value.flatMap(v -> v.fields(innerNames));
    if (fields.isPresent() && fields.get().values().isEmpty()) {
      value
          .orElseThrow()
          .report("it has no condition; expected " + String.join(" or ", innerNames.read()));
    }
    return fields;
  }

  static List<IpBlock> ipBlocks(Fields fields, String name) {
    return fields.get(name).map(value -> value.someParsed(IpBlock::parse)).orElse(List.of());
  }

  static Set<Integer> ports(Fields fields, String name) {
    return Set.copyOf(
        fields.get(name).map(value -> value.someParsed(PolicyRuleReader::port)).orElse(List.of()));
  }

  private static int port(String text) {
    if (!text.matches("[1-9][0-9]{0,4}") || !Ports.isValid(Integer.parseInt(text))) {
      throw new IllegalArgumentException("expected a port, 1 to 65535");
    }
    return Integer.parseInt(text);
  }
}
