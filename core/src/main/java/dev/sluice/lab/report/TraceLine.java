// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.report;

import dev.sluice.lab.scenario.Traced;
import dev.sluice.net.AddressText;
import dev.sluice.trace.Evidence;
import dev.sluice.trace.Holder;
import dev.sluice.trace.Hop;
import dev.sluice.trace.TraceText;
import dev.sluice.trace.What;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** A traced path in one line: where it went, and who sent it there. Pure. */
final class TraceLine {
  private TraceLine() {}

  /** {@code 32 hops: 10.7.2.2:8080 | ... | python3 has it from 10.7.1.2:40000}, or why not. */
  static String of(Traced traced) {
    if (traced.hops().isEmpty()) {
      return "not traced: " + traced.why();
    }
    long gaps = notObserved(traced.hops());
    return traced.hops().size()
        + " hops"
        + (gaps == 0 ? "" : " (" + gaps + " not observed)")
        + ": "
        + chain(traced.hops());
  }

  /** The addresses, and what led from one to the next, in order. */
  static String chain(List<Hop> hops) {
    return hops.stream()
        .flatMap(hop -> link(hop.what()).stream())
        .map(TraceText::visible)
        .collect(Collectors.joining(" | "));
  }

  /** How many hops say that something there is not known. */
  static long notObserved(List<Hop> hops) {
    return hops.stream().filter(hop -> hop.sighting().evidence() == Evidence.NOT_OBSERVED).count();
  }

  /** Empty for what leads nowhere else: a rule that lets pass, a count. */
  private static Optional<String> link(What what) {
    return switch (what) {
      case What.Dialled it -> Optional.of("connect " + AddressText.of(it.destination()));
      case What.Hooked it ->
          it.before().equals(it.after())
              ? Optional.empty()
              : Optional.of(
                  String.join(", ", it.programs()).replaceAll(" \\(program \\d+\\)", "")
                      + " to "
                      + AddressText.of(it.after()));
      case What.Translated it ->
          Optional.of(
              it.before().destination().equals(it.after().destination())
                  ? "nat from " + AddressText.of(it.after().source())
                  : "nat to " + AddressText.of(it.after().destination()));
      case What.Accepted it ->
          Optional.of(name(it.holder()) + " accepts at " + AddressText.of(it.local()));
      case What.Decided it ->
          Optional.of(
              it.direction() + " by " + it.mode() + ", dialled " + it.originalDestination());
      case What.UpstreamDialled it ->
          Optional.of("onward " + it.source() + " > " + it.destination());
      case What.ServerSaw it ->
          Optional.of(
              name(it.holder())
                  + " at "
                  + AddressText.of(it.local())
                  + " sees "
                  + AddressText.of(it.peer()));
      case What.Outcome it ->
          it.connected() ? Optional.empty() : Optional.of("failed with " + it.text());
      case What.AppDialled _,
          What.SocketEnds _,
          What.Sent _,
          What.Answered _,
          What.BoundThere _,
          What.Shown _,
          What.Ran _,
          What.Routed _,
          What.ClientSockets _,
          What.Packet _,
          What.Rule _,
          What.Counted _,
          What.ChainEnd _,
          What.Ended _,
          What.Lost _ ->
          Optional.empty();
      case What.Unknown it -> Optional.of("not observed: " + it.subject());
    };
  }

  private static String name(Optional<Holder> holder) {
    return holder.map(Holder::command).orElse("somebody");
  }
}
