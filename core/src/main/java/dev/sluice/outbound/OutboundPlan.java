// SPDX-License-Identifier: Apache-2.0
package dev.sluice.outbound;

import dev.sluice.failure.Outcome;
import dev.sluice.upstream.UpstreamAttempt;

/** What becomes of an outbound connection. */
public sealed interface OutboundPlan {
  /** Bytes unchanged to the original destination. */
  record Passthrough(UpstreamAttempt attempt) implements OutboundPlan {}

  /** Reset before anybody is connected to. */
  record Refused(Outcome.Failed why) implements OutboundPlan {}
}
