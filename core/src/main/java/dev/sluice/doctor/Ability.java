// SPDX-License-Identifier: Apache-2.0
package dev.sluice.doctor;

import dev.sluice.linux.ProbeResult;

/**
 * Whether this host can do something, found out by doing it. Immutable.
 *
 * @param result of doing it where nobody is
 */
public record Ability(Mode mode, ProbeResult result) {
  /** Whether it worked. */
  public boolean isThere() {
    return result instanceof ProbeResult.Supported;
  }

  /** What stood in the way; empty if nothing did. */
  public String reason() {
    return switch (result) {
      case ProbeResult.Supported _ -> "";
      case ProbeResult.Unsupported(String reason) -> reason;
      case ProbeResult.Inconclusive(String reason) -> reason;
    };
  }
}
