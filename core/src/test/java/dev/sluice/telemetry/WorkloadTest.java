// SPDX-License-Identifier: Apache-2.0
package dev.sluice.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.failure.Outcome;
import dev.sluice.net.ClientAddress;
import dev.sluice.net.Direction;
import dev.sluice.net.InterceptionMode;
import dev.sluice.net.OriginalDestination;
import dev.sluice.net.PathReason;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;

final class WorkloadTest {
  private static final InetSocketAddress ADDRESS =
      new InetSocketAddress(InetAddress.ofLiteral("fd00::1"), 80);

  @Test
  void isTheSourceOfWhatLeavesAndTheDestinationOfWhatArrives() {
    Workload web = new Workload("shop/web-1", "web", "shop", "account", "east");
    assertThat(line(AccessLogFormat.LOGFMT, Direction.OUTBOUND, web))
        .contains(
            " pod=shop/web-1 source_workload=web source_workload_namespace=shop"
                + " source_service_account=account source_cluster=east direction=outbound ");
    assertThat(line(AccessLogFormat.LOGFMT, Direction.INBOUND, web))
        .contains(
            " pod=shop/web-1 destination_workload=web destination_workload_namespace=shop"
                + " destination_service_account=account destination_cluster=east"
                + " direction=inbound ");
    assertThat(line(AccessLogFormat.JSON, Direction.INBOUND, web))
        .contains(
            "\"pod\":\"shop/web-1\",\"destination_workload\":\"web\","
                + "\"destination_workload_namespace\":\"shop\","
                + "\"destination_service_account\":\"account\",\"destination_cluster\":\"east\","
                + "\"direction\":\"inbound\"");
  }

  @Test
  void leavesOutWhatNobodyToldAndForgesNothing() {
    assertThat(line(AccessLogFormat.LOGFMT, Direction.INBOUND, Workload.UNKNOWN))
        .contains(" id=1 direction=inbound ")
        .doesNotContain("unknown");
    Workload forged = new Workload("", "a b=\n", "", "", "");
    assertThat(line(AccessLogFormat.LOGFMT, Direction.INBOUND, forged))
        .contains(" id=1 destination_workload=\"a b=\\u000a\" direction=inbound ");
    assertThat(line(AccessLogFormat.JSON, Direction.OUTBOUND, forged))
        .contains("{\"id\":1,\"source_workload\":\"a b=\\u000a\",\"direction\":\"outbound\"");
  }

  private static String line(AccessLogFormat format, Direction direction, Workload workload) {
    StringBuilder line = new StringBuilder();
    format.append(
        line,
        new ConnectionRecord(
            new ConnectionOrigin(
                1,
                direction,
                InterceptionMode.NODE,
                0,
                new ClientAddress(ADDRESS),
                new OriginalDestination(ADDRESS),
                PathReason.INBOUND),
            null,
            new Traffic(1, 2, 0, 3),
            Outcome.Closed.INSTANCE,
            "",
            workload));
    return line.toString();
  }
}
