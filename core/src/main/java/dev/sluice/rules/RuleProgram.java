// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules;

import java.util.List;

/**
 * What is to be in the kernel, as a value: no text, no kernel, no order of commands. Immutable.
 *
 * @param families IPv4 first
 */
public record RuleProgram(List<FamilyProgram> families) {
  /** Copies {@code families}. */
  public RuleProgram {
    families = List.copyOf(families);
  }
}
