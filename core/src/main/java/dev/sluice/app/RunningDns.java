// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.dns.DnsCounters;
import dev.sluice.dns.DnsForwarder;
import dev.sluice.net.AddressText;
import dev.sluice.telemetry.RateLimitedLog;
import java.io.IOException;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The DNS forwarder of a proxy with what is said about it, or none. Started and closed by one
 * thread.
 *
 * @param description for the line at the start; empty without a forwarder
 */
record RunningDns(Optional<DnsForwarder> forwarder, DnsCounters counters, String description)
    implements AutoCloseable {
  static RunningDns none() {
    return new RunningDns(Optional.empty(), new DnsCounters(), "");
  }

  static RunningDns start(DnsForwarder.Settings settings, RateLimitedLog complaints)
      throws IOException {
    DnsCounters counters = new DnsCounters();
    return new RunningDns(
        Optional.of(DnsForwarder.open(settings, counters, complaints)),
        counters,
        ", DNS "
            + settings.port()
            + " (services: "
            + settings.services().services()
            + "), all else to "
            + nameServers(settings));
  }

  private static String nameServers(DnsForwarder.Settings settings) {
    return settings.nameServers().isEmpty()
        ? "nobody: there is no name server in /etc/resolv.conf"
        : settings.nameServers().stream().map(AddressText::of).collect(Collectors.joining(" "));
  }

  /** For the line at the end; empty without a forwarder. */
  String summary() {
    return forwarder.isPresent() ? " " + counters.summary() : "";
  }

  @Override
  public void close() {
    forwarder.ifPresent(DnsForwarder::close);
  }
}
