// SPDX-License-Identifier: Apache-2.0
package dev.sluice.model;

import java.util.List;

/**
 * One rule of a policy: it matches if any source does, any operation does, and every condition
 * holds. An empty list asks for nothing.
 *
 * @param sources the {@code from} entries
 * @param operations the {@code to} entries
 * @param conditions the {@code when} entries
 */
public record PolicyRule(
    List<SourceMatch> sources, List<OperationMatch> operations, List<PolicyCondition> conditions) {
  /** The rule {@code {}}, which matches every connection. */
  public static final PolicyRule EVERYTHING = new PolicyRule(List.of(), List.of(), List.of());

  /** Copies the lists. */
  public PolicyRule {
    sources = List.copyOf(sources);
    operations = List.copyOf(operations);
    conditions = List.copyOf(conditions);
  }
}
