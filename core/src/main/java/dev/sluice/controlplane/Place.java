// SPDX-License-Identifier: Apache-2.0
package dev.sluice.controlplane;

/**
 * Where a value stands. It doesn't hold the value, so that a document needn't be kept until its
 * objects are checked against others.
 *
 * @param file as it was named
 * @param line from 1
 * @param column from 1
 * @param path of the value in its object; empty for the object itself
 */
record Place(String file, int line, int column, String path, ProblemList problems) {
  /** Reports a problem here. */
  void report(String message) {
    problems.add(new Problem(file, line, column, path.isEmpty() ? message : path + ": " + message));
  }

  /** {@code file:line}, for messages about two places. */
  @Override
  public String toString() {
    return file + ":" + line;
  }
}
