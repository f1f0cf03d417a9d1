// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules;

import java.util.List;

/**
 * Interfaces with a meaning of their own. A name that ends in {@code +} stands for all that begin
 * so. An interface in both lists counts as virtual for what arrives, as excluded for what leaves.
 * Immutable.
 *
 * @param excluded nothing that arrives or leaves there is captured
 * @param virtual what arrives there comes from a virtual machine in this pod: it is captured as if
 *     it were leaving
 */
public record InterfaceSelection(List<String> excluded, List<String> virtual) {
  /** No such interface. */
  public static final InterfaceSelection NONE = new InterfaceSelection(List.of(), List.of());

  /** Copies both lists. */
  public InterfaceSelection {
    excluded = List.copyOf(excluded);
    virtual = List.copyOf(virtual);
  }

  void check(List<String> problems) {
    excluded.forEach(name -> OptionChecks.interfaceName("excluded interface", name, problems));
    virtual.forEach(name -> OptionChecks.interfaceName("virtual interface", name, problems));
  }
}
