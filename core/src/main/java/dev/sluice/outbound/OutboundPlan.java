// SPDX-License-Identifier: Apache-2.0
package dev.sluice.outbound;

import dev.sluice.failure.Outcome;
import dev.sluice.net.PathReason;
import dev.sluice.upstream.UpstreamAttempt;

/** What becomes of an outbound connection. */
public sealed interface OutboundPlan {
  /** Why it goes through the proxy. */
  PathReason reason();

  /** Bytes unchanged to the original destination. */
  record Passthrough(UpstreamAttempt attempt, PathReason reason) implements OutboundPlan {}

  /** Reset before anybody is connected to. */
  record Refused(Outcome.Failed why, PathReason reason) implements OutboundPlan {}
}
