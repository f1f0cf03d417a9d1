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
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class ConnectionMetricsTest {
  private static final InetSocketAddress ADDRESS =
      new InetSocketAddress(InetAddress.ofLiteral("10.96.0.1"), 80);

  @Test
  void countsByServiceDirectionAndFlags() {
    ConnectionMetrics metrics =
        new ConnectionMetrics(
            new Workload("p", "shop", "web\"s", "sa", "east"),
            _ -> new ServiceLabel("ledger", "bank"));
    metrics.accepted(origin(Direction.OUTBOUND));
    metrics.ended(record(Outcome.Closed.INSTANCE));
    metrics.ended(record(new Outcome.Failed(FailureKind.UPSTREAM_REFUSED, "")));
    String labels =
        "{reporter=\"source\",source_workload=\"shop\",source_workload_namespace=\"web\\\"s\","
            + "source_service_account=\"sa\",source_cluster=\"east\",source_principal=\"unknown\","
            + "source_app=\"unknown\",source_version=\"unknown\","
            + "source_canonical_service=\"shop\",source_canonical_revision=\"latest\","
            + "destination_workload=\"unknown\","
            + "destination_workload_namespace=\"unknown\","
            + "destination_service_account=\"unknown\",destination_cluster=\"unknown\","
            + "destination_principal=\"unknown\","
            + "destination_app=\"unknown\",destination_version=\"unknown\","
            + "destination_canonical_service=\"unknown\","
            + "destination_canonical_revision=\"unknown\","
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
            Workload.UNKNOWN, _ -> new ServiceLabel("s" + services.incrementAndGet(), "bank"));
    int more = ConnectionSeries.MOST_SERIES + 50;
    for (int i = 0; i < more; i++) {
      metrics.accepted(origin(Direction.OUTBOUND));
    }
    List<String> opened =
        exposed(metrics).lines().filter(line -> line.startsWith("istio_tcp_conn")).toList();
    assertThat(opened).hasSize(ConnectionSeries.MOST_SERIES + 1);
    assertThat(opened).anyMatch(line -> line.contains("\"others\"") && line.endsWith(" 50"));
    assertThat(exposed(metrics)).contains("\nsluice_metrics_overflow_total 50\n");
  }

  /** A pod's series outlive it, so that its last numbers are told, but not for ever. */
  @Test
  void forgetsAWorkloadFiveMinutesAfterItHasGone() {
    AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5);
    ConnectionMetrics node =
        new ConnectionMetrics(
            new ConnectionSeries(Workload.UNKNOWN, _ -> ServiceLabel.UNKNOWN, now::get),
            Workload.UNKNOWN);
    ConnectionMetrics web = node.of(new Workload("shop/web", "web", "shop", "sa", ""));
    ConnectionMetrics again = node.of(new Workload("shop/web", "web", "shop", "sa", ""));
    ConnectionMetrics db = node.of(new Workload("shop/db", "db", "shop", "sa", ""));
    for (ConnectionMetrics each : List.of(node, web, again, db)) {
      each.accepted(origin(Direction.INBOUND));
    }
    assertThat(exposed(node))
        .containsPattern("destination_workload=\"web\".*} 2\n")
        .containsPattern("destination_workload=\"db\".*} 1\n");
    web.gone();
    now.addAndGet(TimeUnit.MINUTES.toNanos(60));
    assertThat(exposed(web)).as("one of that name is there").contains("=\"web\"");
    again.gone();
    web.ended(record(Outcome.Closed.INSTANCE));
    now.addAndGet(TimeUnit.MINUTES.toNanos(5));
    assertThat(exposed(db)).as("what it had last").contains("=\"web\"");
    now.addAndGet(1);
    assertThat(exposed(db))
        .doesNotContain("=\"web\"")
        .containsPattern("destination_workload=\"db\".*} 1\n")
        .containsPattern("destination_workload=\"unknown\".*} 1\n");
    node.of(new Workload("shop/web", "web", "shop", "sa", "")).accepted(origin(Direction.INBOUND));
    assertThat(exposed(node)).containsPattern("destination_workload=\"web\".*} 1\n");
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
