// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.party;

import java.io.IOException;

/** A sidecar that isn't ours can't be had on this machine. Fit for a user. */
public final class SidecarUnavailableException extends IOException {
  private static final long serialVersionUID = 1L;

  /** {@code why} says what is missing, and how to get it. */
  SidecarUnavailableException(Sidecar sidecar, String why) {
    super("%s: %s; --without %s leaves it out".formatted(sidecar.text(), why, sidecar.text()));
  }
}
