// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules;

import java.io.IOException;
import java.util.List;

/**
 * The kernel or a program refused; what was before is there again unless {@link #notPutBack} says
 * otherwise. The message is fit for a user.
 */
public final class RulesException extends IOException {
  private static final long serialVersionUID = 1L;

  private final String[] notPutBack;

  /** {@code message} says what was being done, the value in question and what was expected. */
  public RulesException(String message) {
    super(message);
    notPutBack = new String[0];
  }

  /** The same, with what led to it. */
  public RulesException(String message, Throwable cause) {
    super(message, cause);
    notPutBack = new String[0];
  }

  private RulesException(RulesException failure, List<String> complaints) {
    super(failure.getMessage(), failure);
    notPutBack = complaints.toArray(String[]::new);
  }

  /** The same failure, after which these steps could not be taken back. */
  RulesException with(List<String> complaints) {
    return new RulesException(this, complaints);
  }

  /** Steps that could not be taken back, one line each; usually none. */
  public List<String> notPutBack() {
    return List.of(notPutBack);
  }
}
