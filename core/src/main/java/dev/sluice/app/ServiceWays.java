// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.doctor.CapturedAnyway;
import dev.sluice.net.PathReason;
import dev.sluice.socketlb.InstalledLoadBalancer.ListedSet;
import dev.sluice.socketlb.InstalledLoadBalancer.Way;
import dev.sluice.socketlb.ServiceTraffic;
import tools.jackson.core.JsonGenerator;

/** Whether the connections of a service need the proxy, and what became of them. Pure. */
final class ServiceWays {
  private ServiceWays() {}

  /**
   * What becomes of {@code set} where rules capture what the load balancer marks: what is denied is
   * denied at connect, before any rule.
   */
  static ListedSet below(CapturedAnyway rules, ListedSet set) {
    return switch (set.way().reason()) {
      case NO_POLICY, ALLOWED ->
          new ListedSet(
              set.name(),
              set.frontends(),
              set.affinitySeconds(),
              set.refused(),
              set.backends(),
              new Way(PathReason.NO_EXEMPTION, rules.why()),
              set.traffic());
      case DENIED, NOT_TCP, SOURCE_ADDRESS, NO_EXEMPTION, NO_SERVICE, CAPTURED, INBOUND -> set;
    };
  }

  /** {@code socket, no_policy: no policy is about it}. */
  static String text(Way way) {
    return way.reason().path().word() + ", " + way.reason().word() + ": " + way.why();
  }

  /** One line; empty if nothing was counted. */
  static String text(ServiceTraffic traffic) {
    if (traffic.equals(ServiceTraffic.NONE)) {
      return "";
    }
    String text =
        "opened %d, closed %d, failed %d, denied %d"
            .formatted(traffic.opened(), traffic.closed(), traffic.failed(), traffic.denied());
    return traffic.closed() == 0
        ? text
        : text
            + ", sent %d bytes, received %d, mean round trip %d us, mean duration %d us"
                .formatted(
                    traffic.sent(),
                    traffic.received(),
                    traffic.roundTripsMicros() / traffic.closed(),
                    traffic.lastedMicros() / traffic.closed());
  }

  /** Into the object of a set. */
  static void write(JsonGenerator json, ListedSet set) {
    json.writeStringProperty("path", set.way().reason().path().word());
    json.writeStringProperty("pathReason", set.way().reason().word());
    json.writeStringProperty("why", set.way().why());
    ServiceTraffic traffic = set.traffic();
    json.writeObjectPropertyStart("tcp");
    json.writeNumberProperty("denied", traffic.denied());
    json.writeNumberProperty("opened", traffic.opened());
    json.writeNumberProperty("failed", traffic.failed());
    json.writeNumberProperty("closed", traffic.closed());
    json.writeNumberProperty("bytesSent", traffic.sent());
    json.writeNumberProperty("bytesReceived", traffic.received());
    json.writeNumberProperty("roundTripMicrosSum", traffic.roundTripsMicros());
    json.writeNumberProperty("durationMicrosSum", traffic.lastedMicros());
    json.writeEndObject();
  }
}
