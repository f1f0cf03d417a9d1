// SPDX-License-Identifier: Apache-2.0
package dev.sluice.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.Outcome;
import dev.sluice.net.ClientAddress;
import dev.sluice.net.Direction;
import dev.sluice.net.InterceptionMode;
import dev.sluice.net.OriginalDestination;
import dev.sluice.net.PathReason;
import dev.sluice.telemetry.ConnectionMetrics.Workload;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class ConnectionMetricsTest {
  private static final InetSocketAddress ADDRESS =
      new InetSocketAddress(InetAddress.ofLiteral("10.96.0.1"), 80);

  @Test
  void countsByServiceDirectionAndFlags() {
    ConnectionMetrics metrics =
        new ConnectionMetrics(
            new Workload("shop", "web\"s"), _ -> new ServiceLabel("ledger", "bank"));
    metrics.accepted(origin(Direction.OUTBOUND));
    metrics.ended(record(Outcome.Closed.INSTANCE));
    metrics.ended(record(new Outcome.Failed(FailureKind.UPSTREAM_REFUSED, "")));
    String labels =
        "{reporter=\"source\",source_workload=\"shop\",source_workload_namespace=\"web\\\"s\","
            + "source_principal=\"unknown\",destination_workload=\"unknown\","
            + "destination_workload_namespace=\"unknown\",destination_principal=\"unknown\","
            + "destination_service=\"ledger.bank.svc.cluster.local\","
            + "destination_service_name=\"ledger\",destination_service_namespace=\"bank\","
            + "request_protocol=\"tcp\",response_flags=\"-\","
            + "connection_security_policy=\"unknown\"}";
    List<String> lines = exposed(metrics).lines().toList();
    assertThat(lines)
        .contains("istio_tcp_connections_opened_total" + labels + " 1")
        .contains("istio_tcp_connections_closed_total" + labels + " 1")
        .contains("istio_tcp_received_bytes_total" + labels + " 10")
        .contains("istio_tcp_sent_bytes_total" + labels + " 20")
        .contains(
            "istio_tcp_connections_closed_total" + labels.replace("\"-\"", "\"UF,URX\"") + " 1");
  }

  @Test
  void countsServicesBeyondTheLimitTogether() {
    AtomicInteger services = new AtomicInteger();
    ConnectionMetrics metrics =
        new ConnectionMetrics(
            new Workload("a", "b"),
            _ -> new ServiceLabel("s" + services.incrementAndGet(), "bank"));
    int more = ConnectionMetrics.MOST_SERIES + 50;
    for (int i = 0; i < more; i++) {
      metrics.accepted(origin(Direction.OUTBOUND));
    }
    List<String> opened =
        exposed(metrics).lines().filter(line -> line.startsWith("istio_tcp_conn")).toList();
    assertThat(opened).hasSize(ConnectionMetrics.MOST_SERIES + 1);
    assertThat(opened).anyMatch(line -> line.contains("\"others\"") && line.endsWith(" 50"));
    assertThat(exposed(metrics)).contains("\nsluice_metrics_overflow_total 50\n");
  }

  private static String exposed(ConnectionMetrics metrics) {
    Exposition out = new Exposition();
    metrics.appendTo(out);
    return out.toString();
  }

  private static ConnectionRecord record(Outcome outcome) {
    return new ConnectionRecord(
        origin(Direction.OUTBOUND), null, new Traffic(10, 20, 0, 1), outcome, "");
  }

  private static ConnectionOrigin origin(Direction direction) {
    return new ConnectionOrigin(
        1,
        direction,
        InterceptionMode.REDIRECT,
        0,
        new ClientAddress(ADDRESS),
        new OriginalDestination(ADDRESS),
        PathReason.NO_POLICY);
  }
}
