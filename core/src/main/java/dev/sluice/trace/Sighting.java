// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

/**
 * How a hop is known. Immutable.
 *
 * @param evidence what kind of evidence
 * @param source who says so, for people: a system call, a kernel interface, a file
 * @param nanos when, by CLOCK_MONOTONIC, the clock of {@link System#nanoTime}; of kernel state and
 *     of what isn't observed, when it was asked for
 */
public record Sighting(Evidence evidence, String source, long nanos) {
  static Sighting event(String source, long nanos) {
    return new Sighting(Evidence.EVENT, source, nanos);
  }

  static Sighting state(String source, long nanos) {
    return new Sighting(Evidence.KERNEL_STATE, source, nanos);
  }
}
