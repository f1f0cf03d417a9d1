// SPDX-License-Identifier: Apache-2.0
package dev.sluice.inbound;

import dev.sluice.failure.Outcome;
import dev.sluice.upstream.UpstreamAttempt;
import java.util.List;

/** What becomes of an inbound connection. */
public sealed interface InboundPlan {
  /** Bytes unchanged to the application, by the first attempt that works; at least one. */
  record Passthrough(List<UpstreamAttempt> attempts) implements InboundPlan {}

  /** Reset before anybody is connected to. */
  record Refused(Outcome.Failed why) implements InboundPlan {}
}
