// SPDX-License-Identifier: Apache-2.0
package dev.sluice.process;

/**
 * What a program that ended left behind.
 *
 * @param commandLine for messages; arguments parted by blanks, not quoted
 * @param exitCode as {@code wait(2)} has it; 128 + n when signal n ended it
 * @param output its standard output
 * @param errors its standard error
 */
public record CommandResult(String commandLine, int exitCode, String output, String errors) {
  /** Whether the program said that it did what it was asked for. */
  public boolean succeeded() {
    return exitCode == 0;
  }

  /** The first line of standard error, or of standard output when there is none; may be empty. */
  public String firstComplaint() {
    String text = errors.isBlank() ? output : errors;
    return text.lines().map(String::strip).filter(line -> !line.isEmpty()).findFirst().orElse("");
  }
}
