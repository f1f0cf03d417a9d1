// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf.spec;

import java.io.IOException;

/**
 * The object is sound and the running kernel lacks something that it needs: type information, a
 * struct or a field. The message says what is missing and what follows. Immutable.
 */
public final class KernelMismatchException extends IOException {
  private static final long serialVersionUID = 1L;

  /**
   * With a whole message.
   *
   * @param message what is missing, for what, and what follows
   */
  public KernelMismatchException(String message) {
    super(message);
  }
}
