// SPDX-License-Identifier: Apache-2.0
package dev.sluice.controlplane;

import dev.sluice.model.AuthorizationPolicy.Action;
import dev.sluice.model.ObjectName;
import dev.sluice.model.PolicyRule;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads Istio's AuthorizationPolicy as far as it is about services and layer 4. */
final class AuthorizationPolicyReader {
  private static final FieldNames OBJECT =
      FieldNames.reading("apiVersion", "kind", "metadata", "spec").ignoring("status");

  private static final FieldNames SPEC =
      FieldNames.reading("action", "targetRefs", "rules")
          .refusing("policies are about services here; expected targetRefs", "selector")
          .refusing("it became a list; expected targetRefs", "targetRef")
          .refusing("no external authorizer is asked; expected action ALLOW or DENY", "provider");

  private static final FieldNames TARGET = FieldNames.reading("kind", "group", "name", "namespace");

  private AuthorizationPolicyReader() {}

  /** The policy; empty if it has no name or no usable spec, which is reported. */
  static Optional<DeclaredPolicy> read(Value object) {
    Optional<Fields> fields = object.fields(OBJECT);
    Optional<ObjectName> name = fields.flatMap(ObjectMeta::read).map(ObjectMeta::name);
    Optional<Fields> spec =
        fields.flatMap(f -> f.required("spec")).flatMap(value -> value.fields(SPEC));
    if (spec.isEmpty()) {
      return Optional.empty();
    }
    Optional<Action> action =
        spec.get().has("action")
            ? spec.get().get("action").flatMap(v -> v.parsed(AuthorizationPolicyReader::action))
            : Optional.of(Action.ALLOW);
    List<Located<ObjectName>> targets = targets(spec.get(), name);
    List<PolicyRule> rules =
        spec.get().get("rules").map(PolicyRuleReader::readAll).orElse(List.of());
    return name.flatMap(
        n -> action.map(a -> new DeclaredPolicy(object.at(), n, a, targets, rules)));
  }

  private static Action action(String text) {
    return switch (text) {
      case "ALLOW" -> Action.ALLOW;
      case "DENY" -> Action.DENY;
      case "AUDIT", "CUSTOM" ->
          throw new IllegalArgumentException("it is not supported; expected ALLOW or DENY");
      default -> throw new IllegalArgumentException("expected ALLOW or DENY");
    };
  }

  private static List<Located<ObjectName>> targets(Fields spec, Optional<ObjectName> policy) {
    List<Located<ObjectName>> targets = new ArrayList<>();
    boolean explained = spec.has("selector") || spec.has("targetRef");
    Optional<Value> list = explained ? spec.get("targetRefs") : spec.required("targetRefs");
    for (Value item : list.map(Value::someItems).orElse(List.of())) {
      target(item, policy).ifPresent(name -> targets.add(new Located<>(name, item.at())));
    }
    return targets;
  }

  private static Optional<ObjectName> target(Value item, Optional<ObjectName> policy) {
    Optional<Fields> fields = item.fields(TARGET);
    if (fields.isEmpty()) {
      return Optional.empty();
    }
    fields.get().required("kind").ifPresent(v -> v.parsed(AuthorizationPolicyReader::targetKind));
    fields.get().get("group").ifPresent(v -> v.parsed(AuthorizationPolicyReader::coreGroup));
    policy.ifPresent(
        p -> fields.get().get("namespace").ifPresent(v -> v.parsed(text -> own(text, p))));
    Optional<String> name =
        fields.get().required("name").flatMap(value -> value.parsed(ObjectMeta::objectName));
    return name.flatMap(n -> policy.map(p -> new ObjectName(p.namespace(), n)));
  }

  private static String targetKind(String text) {
    if (!text.equals("Service")) {
      throw new IllegalArgumentException(
          "expected kind Service, the only target that is supported");
    }
    return text;
  }

  private static String coreGroup(String text) {
    if (!text.isEmpty() && !text.equals("core")) {
      throw new IllegalArgumentException("expected \"\" or \"core\", the group of Service");
    }
    return text;
  }

  private static String own(String text, ObjectName policy) {
    if (!text.equals(policy.namespace())) {
      throw new IllegalArgumentException(
          "expected the policy's own namespace " + policy.namespace());
    }
    return text;
  }
}
