// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules;

/** Takes one step back, to exactly what was before it. Blocks its caller; run once at most. */
@FunctionalInterface
public interface Undo {
  /** Fails with what stands in the way; what was before may then be there in part. */
  void run() throws RulesException;
}
