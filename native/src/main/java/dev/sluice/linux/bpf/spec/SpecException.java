// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf.spec;

import java.io.IOException;
import java.util.Objects;

/**
 * An object file that can't be used: damaged, foreign, or asking for something that this loader
 * does not have. The message says what was being read, what was found and what was expected.
 * Immutable.
 */
public final class SpecException extends IOException {
  private static final long serialVersionUID = 1L;

  /**
   * With a whole message.
   *
   * @param message what was being read, what was found, what was expected
   */
  public SpecException(String message) {
    super(message);
  }

  /** Never null, unlike other exceptions' messages. */
  @Override
  public String getMessage() {
    return Objects.requireNonNull(super.getMessage());
  }
}
