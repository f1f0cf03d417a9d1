// SPDX-License-Identifier: Apache-2.0
package dev.sluice.telemetry;

import dev.sluice.net.Direction;
import dev.sluice.net.OriginalDestination;
import dev.sluice.telemetry.ConnectionSeries.Totals;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Istio's standard metrics of TCP: <a
 * href="https://istio.io/latest/docs/reference/config/metrics/">names and labels</a>. One update
 * when a connection comes and one when it ends, with all of its bytes. Thread-safe; never blocks.
 *
 * <p>The number of series has a limit: labels come from the configuration and from a fixed set,
 * never from what a peer sends, and services beyond the limit are counted together.
 */
public final class ConnectionMetrics {
  private final ConnectionSeries series;
  private final Workload workload;
  private final Workload labels;

  /** All zero; {@code services} says whose address that is, and must not block. */
  public ConnectionMetrics(Workload own, Function<OriginalDestination, ServiceLabel> services) {
    this(new ConnectionSeries(own, services, System::nanoTime), own);
  }

  /** Of a proxy that knows neither its workload nor services. */
  public ConnectionMetrics() {
    this(Workload.UNKNOWN, _ -> ServiceLabel.UNKNOWN);
  }

  ConnectionMetrics(ConnectionSeries series, Workload workload) {
    this.series = series;
    this.workload = workload;
    this.labels = workload.withoutPod();
  }

  /** Whom they are about. */
  public Workload workload() {
    return workload;
  }

  /**
   * Those of another workload beside this one, until {@link #gone}; whoever appends one of them
   * appends all.
   */
  public ConnectionMetrics of(Workload other) {
    series.begin(other.withoutPod());
    return new ConnectionMetrics(series, other);
  }

  /** Nothing more is counted for this workload: its series stay for five minutes. */
  public void gone() {
    series.end(labels);
  }

  void accepted(ConnectionOrigin origin) {
    series.totals(labels, origin, "-").opened().increment();
  }

  void ended(ConnectionRecord connection) {
    Totals totals =
        series.totals(labels, connection.origin(), EnvoyTerms.flags(connection.outcome()));
    totals.closed().increment();
    totals.received().add(connection.traffic().bytesReceived());
    totals.sent().add(connection.traffic().bytesSent());
  }

  /** Appends the four families, and how often something was counted under no name of its own. */
  public void appendTo(Exposition out) {
    List<Map.Entry<ConnectionSeries.Key, Totals>> sorted = series.sorted();
    family(
        out,
        sorted,
        "istio_tcp_connections_opened_total",
        "Connections that were opened.",
        totals -> totals.opened().sum());
    family(
        out,
        sorted,
        "istio_tcp_connections_closed_total",
        "Connections that were closed.",
        totals -> totals.closed().sum());
    family(
        out,
        sorted,
        "istio_tcp_received_bytes_total",
        "Bytes received from clients, counted when a connection ends.",
        totals -> totals.received().sum());
    family(
        out,
        sorted,
        "istio_tcp_sent_bytes_total",
        "Bytes sent to clients, counted when a connection ends.",
        totals -> totals.sent().sum());
    out.single(
        "sluice_metrics_overflow_total",
        Exposition.Type.COUNTER,
        "Beginnings and ends of connections that were counted as others for want of series.",
        series.overflow());
  }

  private static void family(
      Exposition out,
      List<Map.Entry<ConnectionSeries.Key, Totals>> sorted,
      String name,
      String help,
      Function<Totals, Long> value) {
    out.family(name, Exposition.Type.COUNTER, help);
    for (Map.Entry<ConnectionSeries.Key, Totals> entry : sorted) {
      long total = value.apply(entry.getValue());
      if (total > 0) {
        out.sample(name, total, labels(entry.getKey()));
      }
    }
  }

  private static String[] labels(ConnectionSeries.Key key) {
    boolean leaving = key.direction() == Direction.OUTBOUND;
    Workload source = leaving ? key.own() : Workload.UNKNOWN;
    Workload destination = leaving ? Workload.UNKNOWN : key.own();
    String unknown = ServiceLabel.UNKNOWN.name();
    return new String[] {
      "reporter",
      leaving ? "source" : "destination",
      "source_workload",
      source.name(),
      "source_workload_namespace",
      source.namespace(),
      "source_service_account",
      source.serviceAccount(),
      "source_cluster",
      source.cluster(),
      "source_principal",
      unknown,
      "source_app",
      unknown,
      "source_version",
      unknown,
      "source_canonical_service",
      source.name(),
      "source_canonical_revision",
      source.canonicalRevision(),
      "destination_workload",
      destination.name(),
      "destination_workload_namespace",
      destination.namespace(),
      "destination_service_account",
      destination.serviceAccount(),
      "destination_cluster",
      destination.cluster(),
      "destination_principal",
      unknown,
      "destination_app",
      unknown,
      "destination_version",
      unknown,
      "destination_canonical_service",
      destination.name(),
      "destination_canonical_revision",
      destination.canonicalRevision(),
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
