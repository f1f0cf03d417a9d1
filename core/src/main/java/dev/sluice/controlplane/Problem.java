// SPDX-License-Identifier: Apache-2.0
package dev.sluice.controlplane;

import java.util.Comparator;

/**
 * One mistake in a file. Sorts by file, then place.
 *
 * @param file as it was named on the command line
 * @param line from 1; a problem of the file as a whole is at 1:1
 * @param column from 1, in characters
 * @param message the offending value and what was expected; one line, no control characters
 */
public record Problem(String file, int line, int column, String message)
    implements Comparable<Problem> {
  private static final Comparator<Problem> ORDER =
      Comparator.comparing(Problem::file)
          .thenComparingInt(Problem::line)
          .thenComparingInt(Problem::column)
          .thenComparing(Problem::message);

  @Override
  public int compareTo(Problem other) {
    return ORDER.compare(this, other);
  }

  /** {@code file:line:column: message}, which editors turn into a link. */
  @Override
  public String toString() {
    return file + ":" + line + ":" + column + ": " + message;
  }
}
