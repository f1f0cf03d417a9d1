// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules;

import java.util.List;

/** Destinations of either family. Immutable. */
public sealed interface AddressSelection {
  /** Every address of both families. */
  record All() implements AddressSelection {}

  /** Those within any of them; none if the list is empty. */
  record Only(List<Subnet> subnets) implements AddressSelection {
    /** Copies {@code subnets}. */
    public Only {
      subnets = List.copyOf(subnets);
    }
  }
}
