// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules;

import java.io.IOException;

/**
 * The kernel or a program refused; what was before is there again unless the message says
 * otherwise. The message is fit for a user.
 */
public final class RulesException extends IOException {
  private static final long serialVersionUID = 1L;

  /** {@code message} says what was being done, the value in question and what was expected. */
  public RulesException(String message) {
    super(message);
  }

  /** The same, with what led to it. */
  public RulesException(String message, Throwable cause) {
    super(message, cause);
  }
}
