// SPDX-License-Identifier: Apache-2.0
package dev.sluice.dns;

import dev.sluice.telemetry.Exposition;
import java.util.concurrent.atomic.LongAdder;

/**
 * Totals since the start of the process. Each message that came in is counted once among the
 * queries and, when it is dealt with, once among the others. Thread-safe.
 */
public final class DnsCounters {
  private final LongAdder queries = new LongAdder();
  private final LongAdder answered = new LongAdder();
  private final LongAdder forwarded = new LongAdder();
  private final LongAdder failed = new LongAdder();
  private final LongAdder refused = new LongAdder();

  /** All zero. */
  public DnsCounters() {}

  void query() {
    queries.increment();
  }

  /** From what is known of services. */
  void answered() {
    answered.increment();
  }

  /** A name server's answer, whatever it says, was given back. */
  void forwarded() {
    forwarded.increment();
  }

  /** No name server answered, or too many questions wait already. */
  void failed() {
    failed.increment();
  }

  /** It was no query, or none that is supported. */
  void refused() {
    refused.increment();
  }

  /** {@code name=value} for each. */
  public String summary() {
    return "dns_queries="
        + queries.sum()
        + " dns_answered="
        + answered.sum()
        + " dns_forwarded="
        + forwarded.sum()
        + " dns_failed="
        + failed.sum()
        + " dns_refused="
        + refused.sum();
  }

  /** Appends every counter. */
  public void appendTo(Exposition out) {
    out.single(
        "sluice_dns_queries_total",
        Exposition.Type.COUNTER,
        "DNS messages that came in.",
        queries.sum());
    String dealt = "sluice_dns_results_total";
    out.family(dealt, Exposition.Type.COUNTER, "DNS messages that were dealt with, by result.");
    out.sample(dealt, answered.sum(), "result", "answered");
    out.sample(dealt, forwarded.sum(), "result", "forwarded");
    out.sample(dealt, failed.sum(), "result", "failed");
    out.sample(dealt, refused.sum(), "result", "refused");
  }
}
