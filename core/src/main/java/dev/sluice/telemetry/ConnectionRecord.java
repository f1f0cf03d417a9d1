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
 * @param pod whose connection it is, where a proxy serves several; else empty
 */
public record ConnectionRecord(
    ConnectionOrigin origin,
    @Nullable UpstreamLeg upstream,
    Traffic traffic,
    Outcome outcome,
    String note,
    String pod) {
  /** Of a proxy that serves one workload, its own. */
  public ConnectionRecord(
      ConnectionOrigin origin,
      @Nullable UpstreamLeg upstream,
      Traffic traffic,
      Outcome outcome,
      String note) {
    this(origin, upstream, traffic, outcome, note, "");
  }

  /** The same of a pod, by its name for people. */
  public ConnectionRecord of(String podName) {
    return new ConnectionRecord(origin, upstream, traffic, outcome, note, podName);
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
