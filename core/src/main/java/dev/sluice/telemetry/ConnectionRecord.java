// SPDX-License-Identifier: Apache-2.0
package dev.sluice.telemetry;

import dev.sluice.failure.Outcome;
import org.jspecify.annotations.Nullable;

/**
 * All that is told about one connection, once it has ended.
 *
 * @param origin who, from where, meant for whom
 * @param upstream absent when nothing was dialled
 * @param traffic bytes and time
 * @param outcome how it ended
 * @param note what was done differently from the plain case and why; empty if nothing was
 * @param workload whose connection it is, as far as it is known
 */
public record ConnectionRecord(
    ConnectionOrigin origin,
    @Nullable UpstreamLeg upstream,
    Traffic traffic,
    Outcome outcome,
    String note,
    Workload workload) {
  /** Of nobody that is known. */
  public ConnectionRecord(
      ConnectionOrigin origin,
      @Nullable UpstreamLeg upstream,
      Traffic traffic,
      Outcome outcome,
      String note) {
    this(origin, upstream, traffic, outcome, note, Workload.UNKNOWN);
  }

  /** Whose connection it is, for people; empty if nobody told. */
  public String pod() {
    return workload.pod();
  }

  /** Why it ended as it did and what was done differently, for a person; empty if neither. */
  public String detail() {
    String why =
        switch (outcome) {
          case Outcome.Closed _ -> "";
          case Outcome.Failed failed -> failed.detail();
        };
    return why.isEmpty() || note.isEmpty() ? why + note : why + "; " + note;
  }
}
