// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.dns.DnsCounters;
import dev.sluice.dns.DnsForwarder;
import dev.sluice.dns.SearchDomain;
import dev.sluice.dns.ServiceNames;
import dev.sluice.model.MeshSnapshot;
import dev.sluice.net.AddressText;
import dev.sluice.telemetry.Exposition;
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
record RunningDns(Optional<Serving> serving, DnsCounters counters, String description)
    implements AutoCloseable {
  /**
   * A forwarder, and how services are called where it is.
   *
   * @param here the names of a service depend on it
   */
  record Serving(DnsForwarder forwarder, SearchDomain here) {}

  static RunningDns none() {
    return new RunningDns(Optional.empty(), new DnsCounters(), "");
  }

  static RunningDns start(
      DnsForwarder.Settings settings, SearchDomain here, RateLimitedLog complaints)
      throws IOException {
    DnsCounters counters = new DnsCounters();
    return new RunningDns(
        Optional.of(new Serving(DnsForwarder.open(settings, counters, complaints), here)),
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

  /** Answers for the services of {@code snapshot} from now on. */
  void answerFor(MeshSnapshot snapshot) {
    serving.ifPresent(
        present -> present.forwarder().answerFor(ServiceNames.of(snapshot, present.here())));
  }

  /** For the line at the end; empty without a forwarder. */
  String summary() {
    return serving.isPresent() ? " " + counters.summary() : "";
  }

  /** Appends what is counted; nothing without a forwarder. */
  void appendTo(Exposition out) {
    if (serving.isPresent()) {
      counters.appendTo(out);
    }
  }

  @Override
  public void close() {
    serving.ifPresent(present -> present.forwarder().close());
  }
}
