// SPDX-License-Identifier: Apache-2.0
package dev.sluice.telemetry;

import dev.sluice.net.Direction;
import dev.sluice.net.OriginalDestination;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Istio's standard metrics of TCP: <a
 * href="https://istio.io/latest/docs/reference/config/metrics/">names and labels</a>. One update
 * when a connection comes and one when it ends, with all of its bytes. Thread-safe; never blocks.
 *
 * <p>The number of series has a limit: labels come from the configuration and from a fixed set,
 * never from what a peer sends, and services beyond the limit are counted together.
 */
public final class ConnectionMetrics {
  static final int MOST_SERIES = 2_000;

  private final Map<Key, Totals> byKey = new ConcurrentHashMap<>();
  private final LongAdder others = new LongAdder();
  private final Workload own;
  private final Function<OriginalDestination, ServiceLabel> services;

  /**
   * The workload that the proxy serves.
   *
   * @param name such as that of the Deployment; {@code unknown} if nobody told
   */
  public record Workload(String name, String namespace) {}

  private record Key(Direction direction, ServiceLabel service, String flags) {}

  private record Totals(LongAdder opened, LongAdder closed, LongAdder received, LongAdder sent) {
    Totals() {
      this(new LongAdder(), new LongAdder(), new LongAdder(), new LongAdder());
    }
  }

  /** All zero; {@code services} says whose address that is, and must not block. */
  public ConnectionMetrics(Workload own, Function<OriginalDestination, ServiceLabel> services) {
    this.own = own;
    this.services = services;
  }

  void accepted(ConnectionOrigin origin) {
    totals(origin, "-").opened().increment();
  }

  void ended(ConnectionRecord connection) {
    Totals totals = totals(connection.origin(), EnvoyTerms.flags(connection.outcome()));
    totals.closed().increment();
    totals.received().add(connection.traffic().bytesReceived());
    totals.sent().add(connection.traffic().bytesSent());
  }

  private Totals totals(ConnectionOrigin origin, String flags) {
    OriginalDestination destination = origin.originalDestination();
    ServiceLabel service = destination == null ? ServiceLabel.UNKNOWN : services.apply(destination);
    Key key = new Key(origin.direction(), service, flags);
    @Nullable Totals known = byKey.get(key);
    if (known != null) {
      return known;
    }
    if (byKey.size() < MOST_SERIES) {
      return byKey.computeIfAbsent(key, _ -> new Totals());
    }
    others.increment();
    return byKey.computeIfAbsent(
        new Key(origin.direction(), ServiceLabel.OTHERS, flags), _ -> new Totals());
  }

  /** Appends the four families, and how often something was counted under no name of its own. */
  public void appendTo(Exposition out) {
    family(
        out,
        "istio_tcp_connections_opened_total",
        "Connections that were opened.",
        totals -> totals.opened().sum());
    family(
        out,
        "istio_tcp_connections_closed_total",
        "Connections that were closed.",
        totals -> totals.closed().sum());
    family(
        out,
        "istio_tcp_received_bytes_total",
        "Bytes received from clients, counted when a connection ends.",
        totals -> totals.received().sum());
    family(
        out,
        "istio_tcp_sent_bytes_total",
        "Bytes sent to clients, counted when a connection ends.",
        totals -> totals.sent().sum());
    out.single(
        "sluice_metrics_overflow_total",
        Exposition.Type.COUNTER,
        "Beginnings and ends of connections that were counted as others for want of series.",
        others.sum());
  }

  private void family(Exposition out, String name, String help, Function<Totals, Long> value) {
    out.family(name, Exposition.Type.COUNTER, help);
    List<Map.Entry<Key, Totals>> sorted =
        byKey.entrySet().stream()
            .sorted(Comparator.comparing(entry -> entry.getKey().toString()))
            .toList();
    for (Map.Entry<Key, Totals> entry : sorted) {
      long total = value.apply(entry.getValue());
      if (total > 0) {
        out.sample(name, total, labels(entry.getKey()));
      }
    }
  }

  private String[] labels(Key key) {
    boolean leaving = key.direction() == Direction.OUTBOUND;
    String unknown = ServiceLabel.UNKNOWN.name();
    return new String[] {
      "reporter",
      leaving ? "source" : "destination",
      "source_workload",
      leaving ? own.name() : unknown,
      "source_workload_namespace",
      leaving ? own.namespace() : unknown,
      "source_principal",
      unknown,
      "destination_workload",
      leaving ? unknown : own.name(),
      "destination_workload_namespace",
      leaving ? unknown : own.namespace(),
      "destination_principal",
      unknown,
      "destination_service",
      key.service().host(),
      "destination_service_name",
      key.service().name(),
      "destination_service_namespace",
      key.service().namespace(),
      "request_protocol",
      "tcp",
      "response_flags",
      key.flags(),
      "connection_security_policy",
      leaving ? unknown : "none",
    };
  }
}
