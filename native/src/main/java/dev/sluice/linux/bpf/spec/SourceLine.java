// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf.spec;

/**
 * A line of C. Immutable.
 *
 * @param file as it was given to the compiler
 * @param line its number, from 1
 * @param text the line itself, without blanks around it
 */
public record SourceLine(String file, int line, String text) {
  @Override
  public String toString() {
    return file + ":" + line + ": " + text;
  }
}
