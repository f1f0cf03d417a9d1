// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules;

import java.io.IOException;

/**
 * The kernel or a program refused; what was before is there again unless the message says
 * otherwise. The message is fit for a user.
 */
public final class RulesException extends IOException {
  private static final long serialVersionUID = 1L;

  RulesException(String message) {
    super(message);
  }

  RulesException(String message, Throwable cause) {
    super(message, cause);
  }
}
