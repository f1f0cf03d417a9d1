// SPDX-License-Identifier: Apache-2.0
package dev.sluice.telemetry;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.Outcome;
import dev.sluice.net.Direction;
import dev.sluice.net.InterceptionMode;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.ObjLongConsumer;
import org.jspecify.annotations.Nullable;

/** Totals since the start of the process. Thread-safe; batched: one update a connection. */
public final class Counters {
  private final Map<Direction, Map<InterceptionMode, LongAdder>> accepted =
      new EnumMap<>(Direction.class);
  private final LongAdder takenOver = new LongAdder();
  private final LongAdder closed = new LongAdder();
  private final LongAdder bytesReceived = new LongAdder();
  private final LongAdder bytesSent = new LongAdder();
  private final LongAdder bytesSpliced = new LongAdder();
  private final LongAdder acceptPauses = new LongAdder();
  private final Map<FailureKind, LongAdder> failures = new EnumMap<>(FailureKind.class);

  private final @Nullable Counters all;

  /** All zero. */
  public Counters() {
    this(null);
  }

  private Counters(@Nullable Counters all) {
    this.all = all;
    for (Direction direction : Direction.values()) {
      Map<InterceptionMode, LongAdder> modes = new EnumMap<>(InterceptionMode.class);
      for (InterceptionMode mode : InterceptionMode.values()) {
        modes.put(mode, new LongAdder());
      }
      accepted.put(direction, modes);
    }
    for (FailureKind kind : FailureKind.values()) {
      failures.put(kind, new LongAdder());
    }
  }

  /** All zero; what they count from now on, these count too. */
  public Counters part() {
    return new Counters(this);
  }

  void accepted(ConnectionOrigin origin) {
    accepted(origin.direction(), origin.mode()).increment();
    if (all != null) {
      all.accepted(origin);
    }
  }

  private long allAccepted() {
    long all = 0;
    for (Map<InterceptionMode, LongAdder> modes : accepted.values()) {
      for (LongAdder one : modes.values()) {
        all += one.sum();
      }
    }
    return all;
  }

  void takenOver() {
    takenOver.increment();
    if (all != null) {
      all.takenOver();
    }
  }

  void ended(ConnectionRecord connection) {
    bytesReceived.add(connection.traffic().bytesReceived());
    bytesSent.add(connection.traffic().bytesSent());
    bytesSpliced.add(connection.traffic().bytesSpliced());
    switch (connection.outcome()) {
      case Outcome.Closed _ -> closed.increment();
      case Outcome.Failed failed -> failures(failed.kind()).increment();
    }
    if (all != null) {
      all.ended(connection);
    }
  }

  /** A listener stopped accepting for a moment because no descriptor was left. */
  public void acceptPaused() {
    acceptPauses.increment();
    if (all != null) {
      all.acceptPaused();
    }
  }

  /** {@code name=value} for every counter that isn't zero, and always for the first four. */
  public String summary() {
    StringBuilder text = new StringBuilder(160);
    text.append("connections=").append(allAccepted());
    text.append(" closed=").append(closed.sum());
    text.append(" bytes_received=").append(bytesReceived.sum());
    text.append(" bytes_sent=").append(bytesSent.sum());
    for (FailureKind kind : FailureKind.values()) {
      appendIfAny(text, kind.name().toLowerCase(Locale.ROOT), failures(kind).sum());
    }
    appendIfAny(text, "taken_over", takenOver.sum());
    appendIfAny(text, "bytes_spliced", bytesSpliced.sum());
    appendIfAny(text, "accept_pauses", acceptPauses.sum());
    return text.toString();
  }

  /** Appends every counter; {@code open} connections are those of now. */
  public void appendTo(Exposition out, long open) {
    out.single(
        "sluice_connections_open", Exposition.Type.GAUGE, "Connections that are open.", open);
    out.single(
        "sluice_connections_accepted_total",
        Exposition.Type.COUNTER,
        "Connections that were accepted.",
        allAccepted());
    String intercepted = "sluice_intercepted_connections_total";
    out.family(
        intercepted,
        Exposition.Type.COUNTER,
        "Connections that were accepted, by direction and by how they got here.");
    for (Direction direction : Direction.values()) {
      for (InterceptionMode mode : InterceptionMode.values()) {
        long count = accepted(direction, mode).sum();
        if (count > 0) {
          out.sample(
              intercepted,
              count,
              "direction",
              direction.toString(),
              "mode",
              mode.name().toLowerCase(Locale.ROOT));
        }
      }
    }
    out.single(
        "sluice_connections_taken_over_total",
        Exposition.Type.COUNTER,
        "Connections that another process had accepted, and this one went on with.",
        takenOver.sum());
    String ended = "sluice_connections_ended_total";
    out.family(
        ended,
        Exposition.Type.COUNTER,
        "Connections that have ended, by the outcome of the access log.");
    out.sample(ended, closed.sum(), "outcome", Outcome.Closed.INSTANCE.label());
    for (FailureKind kind : FailureKind.values()) {
      out.sample(ended, failures(kind).sum(), "outcome", kind.name().toLowerCase(Locale.ROOT));
    }
    out.single(
        "sluice_received_bytes_total",
        Exposition.Type.COUNTER,
        "Bytes from clients, counted when a connection ends.",
        bytesReceived.sum());
    out.single(
        "sluice_sent_bytes_total",
        Exposition.Type.COUNTER,
        "Bytes to clients, counted when a connection ends.",
        bytesSent.sum());
    out.single(
        "sluice_spliced_bytes_total",
        Exposition.Type.COUNTER,
        "Bytes that went from socket to socket without being copied.",
        bytesSpliced.sum());
    out.single(
        "sluice_accept_pauses_total",
        Exposition.Type.COUNTER,
        "Times that accepting stopped for lack of descriptors.",
        acceptPauses.sum());
  }

  /** Shows {@code visitor} every counter, by the names of {@link #summary()}. */
  public void forEach(ObjLongConsumer<String> visitor) {
    visitor.accept("connections", allAccepted());
    visitor.accept("closed", closed.sum());
    visitor.accept("bytes_received", bytesReceived.sum());
    visitor.accept("bytes_sent", bytesSent.sum());
    for (FailureKind kind : FailureKind.values()) {
      visitor.accept(kind.name().toLowerCase(Locale.ROOT), failures(kind).sum());
    }
    visitor.accept("bytes_spliced", bytesSpliced.sum());
    visitor.accept("accept_pauses", acceptPauses.sum());
  }

  private LongAdder accepted(Direction direction, InterceptionMode mode) {
    return Objects.requireNonNull(
        Objects.requireNonNull(accepted.get(direction), "the constructor put every direction")
            .get(mode),
        "the constructor put every mode");
  }

  private LongAdder failures(FailureKind kind) {
    return Objects.requireNonNull(failures.get(kind), "the constructor put every kind");
  }

  private static void appendIfAny(StringBuilder text, String name, long value) {
    if (value != 0) {
      text.append(' ').append(name).append('=').append(value);
    }
  }
}
