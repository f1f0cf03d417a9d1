// SPDX-License-Identifier: Apache-2.0
package dev.sluice.socketlb;

import dev.sluice.telemetry.Exposition;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Metrics of the load balancer of one cgroup. The kernel counts; its maps are read when somebody
 * asks, and at no other time. Thread-safe; blocks for as long as reading takes.
 *
 * <p>The number of series has a limit: of the services that something was counted for, the oldest
 * have series. Which those are depends on the kernel's maps alone, so that another process goes on
 * with the same.
 */
public final class LoadBalancerMetrics {
  static final int MOST_SERVICES = 1_000;

  /** As {@link BackendSets} names them. */
  private static final Pattern NAME =
      Pattern.compile("([^/]*)/(.*):(\\d+)/([A-Z]+)(?:/(IPv[46]))?");

  private final Path bpfFileSystem;
  private final Path cgroup;

  /** Of the one that is pinned there for that cgroup, whenever there is one. */
  public LoadBalancerMetrics(Path bpfFileSystem, Path cgroup) {
    this.bpfFileSystem = bpfFileSystem;
    this.cgroup = cgroup;
  }

  private record Labelled(CountedService service, Labels labels) {}

  private record Labels(
      String name, String namespace, String port, String protocol, String family) {
    static Labels of(String set) {
      Matcher matcher = NAME.matcher(set);
      if (!matcher.matches()) {
        return new Labels(set, "unknown", "unknown", "unknown", "unknown");
      }
      String family = matcher.group(5);
      return new Labels(
          matcher.group(2),
          matcher.group(1),
          matcher.group(3),
          matcher.group(4).toLowerCase(Locale.ROOT),
          family == null ? "unknown" : family);
    }

    String[] with(String... more) {
      List<String> all =
          new ArrayList<>(
              List.of(
                  "destination_service_name",
                  name,
                  "destination_service_namespace",
                  namespace,
                  "destination_port",
                  port,
                  "request_protocol",
                  protocol,
                  "family",
                  family));
      all.addAll(List.of(more));
      return all.toArray(String[]::new);
    }
  }

  /** Appends all of them. What can't be read is left out, and one of them says so. */
  public void appendTo(Exposition out) {
    Optional<CountedService.All> read = read();
    out.single(
        "sluice_socket_lb_readable",
        Exposition.Type.GAUGE,
        "1 if the load balancer is there and its maps could be read just now, else 0.",
        read.isPresent() ? 1 : 0);
    read.ifPresent(all -> append(out, all));
  }

  private Optional<CountedService.All> read() {
    try {
      Optional<InstalledLoadBalancer> installed = InstalledLoadBalancer.on(bpfFileSystem, cgroup);
      if (installed.isEmpty()) {
        return Optional.empty();
      }
      try (InstalledLoadBalancer balancer = installed.get()) {
        return balancer.counted();
      }
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  static void append(Exposition out, CountedService.All all) {
    List<Labelled> listed =
        all.services().stream()
            .filter(CountedService::isCounted)
            .limit(MOST_SERVICES)
            .map(service -> new Labelled(service, Labels.of(service.name())))
            .toList();
    long counted = all.services().stream().filter(CountedService::isCounted).count();
    out.single(
        "sluice_socket_lb_services",
        Exposition.Type.GAUGE,
        "Ports of services in force, each family by itself.",
        all.services().size());
    out.single(
        "sluice_socket_lb_services_unlisted",
        Exposition.Type.GAUGE,
        "Those that something was counted for and that have no series for want of room.",
        counted - listed.size());
    out.single(
        "sluice_socket_lb_replies_forgotten_total",
        Exposition.Type.COUNTER,
        "Backends that unconnected UDP sockets have forgotten: answers show the backend's address.",
        all.forgotten());
    new Families(out, listed).append();
  }

  /** The families with a series for each service. */
  private record Families(Exposition out, List<Labelled> listed) {
    void append() {
      counter(
          "connections",
          "Connections, and datagrams of unconnected sockets, that were given a backend.",
          _ -> true,
          CountedService::given);
      refused();
      Predicate<CountedService> tcp = service -> service.name().contains("/TCP");
      counter(
          "opened",
          "TCP connections that reached the backend.",
          tcp,
          service -> service.traffic().opened());
      counter(
          "failed",
          "TCP connections that did not: refused by it, unreachable, timed out, given up.",
          tcp,
          service -> service.traffic().failed());
      counter(
          "closed",
          "TCP connections that were opened and have ended.",
          tcp,
          service -> service.traffic().closed());
      counter(
          "client_sent_bytes",
          "Bytes that clients sent and backends acknowledged, counted when a connection ends.",
          tcp,
          service -> service.traffic().sent());
      counter(
          "client_received_bytes",
          "Bytes that clients received, counted when a connection ends.",
          tcp,
          service -> service.traffic().received());
      seconds(
          "round_trip_seconds",
          "The smoothed round-trip times at the end of connections, added up.",
          tcp,
          service -> service.traffic().roundTripsMicros());
      seconds(
          "duration_seconds",
          "The times from established to closed, added up.",
          tcp,
          service -> service.traffic().lastedMicros());
    }

    private void refused() {
      String name = "sluice_socket_lb_refused_total";
      out.family(
          name,
          Exposition.Type.COUNTER,
          "Refused at connect: no_backend, for want of one or of room to remember it; policy.");
      for (Labelled each : listed) {
        out.sample(name, each.service().refused(), each.labels().with("reason", "no_backend"));
        out.sample(name, each.service().traffic().denied(), each.labels().with("reason", "policy"));
      }
    }

    private void counter(
        String word,
        String help,
        Predicate<CountedService> which,
        ToLongFunction<CountedService> value) {
      String name = "sluice_socket_lb_" + word + "_total";
      out.family(name, Exposition.Type.COUNTER, help);
      for (Labelled each : listed) {
        if (which.test(each.service())) {
          out.sample(name, value.applyAsLong(each.service()), each.labels().with());
        }
      }
    }

    private void seconds(
        String word,
        String help,
        Predicate<CountedService> which,
        ToLongFunction<CountedService> micros) {
      String name = "sluice_socket_lb_" + word + "_total";
      out.family(name, Exposition.Type.COUNTER, help);
      for (Labelled each : listed) {
        if (which.test(each.service())) {
          out.seconds(name, micros.applyAsLong(each.service()), each.labels().with());
        }
      }
    }
  }
}
