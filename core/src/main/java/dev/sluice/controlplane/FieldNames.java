// SPDX-License-Identifier: Apache-2.0
package dev.sluice.controlplane;

import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The fields that a mapping may have: those that are read, those that change nothing at layer 4 and
 * are accepted by name, and those that exist in the API but can't be honoured yet. Anything else is
 * unknown.
 *
 * @param read the fields that are read, in the order in which messages name them
 * @param ignored the fields that are accepted and change nothing
 * @param unsupported field to the reason why it is refused
 * @param open whether names that are in none of these are read too, as for labels
 */
record FieldNames(
    List<String> read, Set<String> ignored, Map<String, String> unsupported, boolean open) {
  FieldNames {
    read = List.copyOf(read);
    ignored = Set.copyOf(ignored);
    unsupported = Map.copyOf(unsupported);
  }

  static FieldNames reading(String... names) {
    return new FieldNames(List.of(names), Set.of(), Map.of(), false);
  }

  /** For mappings whose keys are the user's own. */
  static FieldNames any() {
    return new FieldNames(List.of(), Set.of(), Map.of(), true);
  }

  boolean accepts(String name) {
    return open || read.contains(name) || ignored.contains(name);
  }

  FieldNames ignoring(String... names) {
    Set<String> all = new HashSet<>(ignored);
    all.addAll(Arrays.asList(names));
    return new FieldNames(read, all, unsupported, open);
  }

  FieldNames refusing(String reason, String... names) {
    Map<String, String> all = new HashMap<>(unsupported);
    for (String name : names) {
      all.put(name, reason);
    }
    return new FieldNames(read, ignored, all, open);
  }
}
