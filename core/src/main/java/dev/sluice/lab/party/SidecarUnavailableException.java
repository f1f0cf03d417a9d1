// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.party;

import java.io.IOException;

/** A sidecar that isn't ours can't be had on this machine. Fit for a user. */
public final class SidecarUnavailableException extends IOException {
  private static final long serialVersionUID = 1L;

  /** {@code message} says which, and how to get it. */
  SidecarUnavailableException(String message) {
    super(message);
  }
}
