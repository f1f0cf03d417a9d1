// SPDX-License-Identifier: Apache-2.0
package dev.sluice.controlplane;

import dev.sluice.model.ObjectName;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What {@code metadata} says: the name, and what could change an object's meaning.
 *
 * @param at where it stands
 * @param name the object's name
 * @param labels its labels; empty if it has none
 */
record ObjectMeta(Value at, ObjectName name, Optional<Fields> labels) {
  private static final FieldNames FIELDS =
      FieldNames.reading("name", "namespace", "labels", "annotations")
          .ignoring(
              "uid",
              "resourceVersion",
              "generation",
              "generateName",
              "creationTimestamp",
              "deletionTimestamp",
              "deletionGracePeriodSeconds",
              "finalizers",
              "managedFields",
              "ownerReferences",
              "selfLink");

  private static final FieldNames LABELS = FieldNames.any();

  /** A policy in dry run decides nothing in Istio; enforcing or dropping it would both surprise. */
  private static final FieldNames ANNOTATIONS =
      FieldNames.any().refusing("every policy here is enforced", "istio.io/dry-run");

  private static final String DEFAULT_NAMESPACE = "default";
  private static final Pattern LABEL = Pattern.compile("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?");
  private static final Pattern SUBDOMAIN =
      Pattern.compile(
          "(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*");

  /** Of the object whose fields these are; empty if it has no name, which is reported. */
  static Optional<ObjectMeta> read(Fields object) {
    Optional<Value> at = object.required("metadata");
    Optional<Fields> metadata = at.flatMap(value -> value.fields(FIELDS));
    if (metadata.isEmpty()) {
      return Optional.empty();
    }
    Optional<Fields> labels =
        metadata.get().get("labels").flatMap(value -> readTexts(value, LABELS));
    metadata.get().get("annotations").ifPresent(value -> readTexts(value, ANNOTATIONS));
    Optional<String> name =
        metadata.get().required("name").flatMap(value -> value.parsed(ObjectMeta::objectName));
    Optional<String> namespace =
        metadata.get().has("namespace")
            ? metadata.get().get("namespace").flatMap(value -> value.parsed(ObjectMeta::namespace))
            : Optional.of(DEFAULT_NAMESPACE);
    return name.flatMap(
        n -> namespace.map(ns -> new ObjectMeta(at.get(), new ObjectName(ns, n), labels)));
  }

  /** The label, whose absence is reported. */
  Optional<Value> requiredLabel(String key, String expected) {
    Optional<Value> label = labels.flatMap(fields -> fields.get(key));
    if (label.isEmpty()) {
      at.report("label " + Quoted.of(key) + " is missing; expected " + expected);
    }
    return label;
  }

  static String objectName(String text) {
    if (!SUBDOMAIN.matcher(text).matches()) {
      throw new IllegalArgumentException(
          "expected a name of small letters, digits, '-' and '.' (RFC 1123)");
    }
    return text;
  }

  static String namespace(String text) {
    if (!LABEL.matcher(text).matches()) {
      throw new IllegalArgumentException(
          "expected a namespace of up to 63 small letters, digits and '-' (RFC 1123)");
    }
    return text;
  }

  private static Optional<Fields> readTexts(Value mapping, FieldNames names) {
    Optional<Fields> fields = mapping.fields(names);
    fields.ifPresent(all -> all.values().forEach(Value::text));
    return fields;
  }
}
