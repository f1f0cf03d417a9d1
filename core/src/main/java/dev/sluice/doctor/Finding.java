// SPDX-License-Identifier: Apache-2.0
package dev.sluice.doctor;

/**
 * One thing that is wrong. Immutable.
 *
 * @param fault which kind
 * @param what was found, with the values
 * @param follows from it, for connections
 * @param fix what puts it right
 */
public record Finding(Fault fault, String what, String follows, Fix fix) {
  /** What puts it right. */
  public sealed interface Fix {
    /** In one line. */
    String text();

    /**
     * A line for a shell of root, which can be run as it is.
     *
     * @param text the line
     */
    record Run(String text) implements Fix {}

    /**
     * What only somebody else can do, or with values that aren't known here.
     *
     * @param text in words
     */
    record Ask(String text) implements Fix {}
  }
}
