// SPDX-License-Identifier: Apache-2.0
package dev.sluice.admin;

import dev.sluice.net.OriginalDestination;
import dev.sluice.telemetry.ConnectionOrigin;
import dev.sluice.telemetry.ConnectionRecord;
import dev.sluice.telemetry.ConnectionView;
import dev.sluice.telemetry.EpochClock;
import dev.sluice.telemetry.Traffic;
import dev.sluice.telemetry.UpstreamLeg;
import dev.sluice.trace.Evidence;
import dev.sluice.trace.Holder;
import dev.sluice.trace.Hop;
import dev.sluice.trace.Sighting;
import dev.sluice.trace.What;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A connection's path as far as the proxy itself was there; what lies before and behind it nobody
 * looked at, and that is said. Stateless.
 */
final class WitnessedPath {
  private static final String BEFORE = "what happened before the proxy accepted";
  private static final String BEHIND = "what the server saw";
  private static final String LOOK =
      "the proxy wasn't there; 'sluice trace' makes a connection" + " and looks";

  private WitnessedPath() {}

  /** Of one that has ended. */
  static List<Hop> of(ConnectionRecord connection) {
    return path(
        connection.origin(),
        connection.upstream(),
        connection.outcome().label(),
        detail(connection.detail(), connection.traffic()));
  }

  /** Of one that is open. */
  static List<Hop> of(ConnectionView view) {
    return path(view.origin(), view.upstream(), "open so far", detail("", view.traffic()));
  }

  private static List<Hop> path(
      ConnectionOrigin origin, @Nullable UpstreamLeg upstream, String outcome, String detail) {
    long accepted = System.nanoTime() - (EpochClock.micros() - origin.acceptedAtMicros()) * 1_000;
    Sighting told = new Sighting(Evidence.EVENT, "the proxy's record", accepted);
    Sighting nobody = new Sighting(Evidence.NOT_OBSERVED, "", accepted);
    Optional<Holder> holder = Optional.of(new Holder(ProcessHandle.current().pid(), "sluice"));
    OriginalDestination destination = origin.originalDestination();
    List<Hop> hops = new ArrayList<>();
    hops.add(new Hop(nobody, new What.Unknown(BEFORE, LOOK)));
    hops.add(
        new Hop(
            told,
            new What.Decided(
                holder,
                origin.direction().toString(),
                origin.mode().name().toLowerCase(Locale.ROOT),
                origin.client().toString(),
                destination == null ? "-" : destination.toString(),
                origin.reason().path().word(),
                origin.reason().word(),
                outcome,
                detail)));
    if (upstream != null && upstream.source() != null) {
      hops.add(
          new Hop(
              told,
              new What.UpstreamDialled(
                  holder, upstream.source().toString(), upstream.endpoint().toString())));
      hops.add(new Hop(nobody, new What.Unknown(BEHIND, LOOK)));
    }
    return List.copyOf(hops);
  }

  private static String detail(String own, Traffic traffic) {
    String moved =
        traffic.bytesReceived()
            + " bytes received, "
            + traffic.bytesSent()
            + " sent, in "
            + traffic.durationNanos() / 1_000
            + " µs";
    return own.isEmpty() ? moved : own + "; " + moved;
  }
}
