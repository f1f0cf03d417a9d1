// SPDX-License-Identifier: Apache-2.0
package dev.sluice.process;

import java.io.IOException;

/** A program that is missing, did not end in time, or failed. The message is fit for a user. */
public final class CommandException extends IOException {
  private static final long serialVersionUID = 1L;

  /** {@code message} says what was being done, the value in question and what was expected. */
  public CommandException(String message) {
    super(message);
  }
}
