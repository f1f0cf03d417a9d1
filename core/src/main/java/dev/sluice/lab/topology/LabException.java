// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.topology;

import java.io.IOException;

/** The demo's world could not be built, or one of its own parts failed. Fit for a user. */
public final class LabException extends IOException {
  private static final long serialVersionUID = 1L;

  /** {@code message} says what was being done, the value in question and what was expected. */
  public LabException(String message) {
    super(message);
  }
}
