// SPDX-License-Identifier: Apache-2.0
package dev.sluice.controlplane;

import java.util.List;
import java.util.Optional;

/** Tells the kinds of objects of one file apart and hands each to its reader. */
final class ObjectReader {
  private static final FieldNames LIST =
      FieldNames.reading("apiVersion", "kind", "items").ignoring("metadata");
  private static final List<String> CORE = List.of("v1");
  private static final List<String> DISCOVERY = List.of("discovery.k8s.io/v1");
  private static final List<String> SECURITY =
      List.of("security.istio.io/v1", "security.istio.io/v1beta1");

  private final SnapshotAssembler assembler;
  private int objects;

  ObjectReader(SnapshotAssembler assembler) {
    this.assembler = assembler;
  }

  /** How many documents were read that hold something. */
  int objects() {
    return objects;
  }

  /** Reads an item of a list, before it is known what else is in the document. */
  void readItem(Value item) {
    readObject(item);
  }

  /**
   * Reads one document: an object, or what is left of a list of objects, or nothing.
   *
   * @param items how many of its items were read already
   */
  void read(Value document, int items) {
    if (document.isNull()) {
      return;
    }
    objects++;
    Optional<String> kind = document.peek("kind");
    if (kind.isEmpty() || !kind.get().equals("List")) {
      readObject(document);
    } else if (hasVersion(document, "List", CORE)) {
      Optional<Value> list = document.fields(LIST).flatMap(fields -> fields.required("items"));
      if (items == 0) {
        list.ifPresent(Value::someItems);
      }
    }
  }

  private void readObject(Value object) {
    Optional<String> kind = object.peek("kind");
    if (kind.isEmpty()) {
      object.report("this is no Kubernetes object; expected a mapping with apiVersion and kind");
      return;
    }
    switch (kind.get()) {
      case "Service" -> {
        if (hasVersion(object, kind.get(), CORE)) {
          ServiceReader.read(object).ifPresent(assembler::add);
        }
      }
      case "EndpointSlice" -> {
        if (hasVersion(object, kind.get(), DISCOVERY)) {
          EndpointSliceReader.read(object).ifPresent(assembler::add);
        }
      }
      case "AuthorizationPolicy" -> {
        if (hasVersion(object, kind.get(), SECURITY)) {
          AuthorizationPolicyReader.read(object).ifPresent(assembler::add);
        }
      }
      default ->
          object.report(
              "kind "
                  + Quoted.of(kind.get())
                  + " is not supported here yet; expected Service, EndpointSlice or"
                  + " AuthorizationPolicy");
    }
  }

  private static boolean hasVersion(Value object, String kind, List<String> accepted) {
    Optional<String> version = object.peek("apiVersion");
    if (version.isPresent() && accepted.contains(version.get())) {
      return true;
    }
    object.report(
        version
                .map(text -> "apiVersion " + Quoted.of(text) + " is not accepted")
                .orElse("apiVersion is missing")
            + "; expected "
            + String.join(" or ", accepted)
            + " for kind "
            + kind);
    return false;
  }
}
