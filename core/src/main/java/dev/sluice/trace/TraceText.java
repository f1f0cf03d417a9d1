// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import dev.sluice.net.AddressText;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Hops for people: one line each, with the time since the first. Pure. */
public final class TraceText {
  private TraceText() {}

  /** All of them, each ended by a line feed. */
  public static String of(List<Hop> hops) {
    StringBuilder text = new StringBuilder();
    long begin = hops.isEmpty() ? 0 : hops.getFirst().sighting().nanos();
    for (Hop hop : hops) {
      text.append(time(hop, begin)).append("  ").append(visible(line(hop.what())));
      text.append("  [").append(hop.sighting().evidence().word());
      if (!hop.sighting().source().isEmpty()) {
        text.append(": ").append(visible(hop.sighting().source()));
      }
      text.append("]\n");
    }
    return text.toString();
  }

  /**
   * Names of programs, of rules and of files are whoever's who made them, and a terminal acts upon
   * control characters: those are written out, and so are characters that turn the direction of
   * text or can't be seen.
   */
  public static String visible(String text) {
    StringBuilder shown = new StringBuilder(text.length());
    text.codePoints()
        .forEach(
            c -> {
              if (isInvisible(c)) {
                shown.append("\\u{").append(Integer.toHexString(c)).append('}');
              } else {
                shown.appendCodePoint(c);
              }
            });
    return shown.toString();
  }

  private static boolean isInvisible(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.PRIVATE_USE ->
          true;
      default -> false;
    };
  }

  private static String time(Hop hop, long begin) {
    if (hop.sighting().evidence() == Evidence.NOT_OBSERVED) {
      return " ".repeat(12);
    }
    long elapsed = (hop.sighting().nanos() - begin) / 1_000;
    String micros = (elapsed < 0 ? "" : "+") + elapsed;
    return " ".repeat(Math.max(0, 9 - micros.length())) + micros + " us";
  }

  private static String line(What what) {
    return switch (what) {
      case What.Dialled it ->
          "connect() to "
              + AddressText.of(it.destination())
              + " in "
              + from(it.place(), it.cgroup());
      case What.AppDialled it ->
          it.caller()
              + " in "
              + it.place().name()
              + ": connect() to "
              + AddressText.of(it.destination())
              + ", "
              + it.protocol();
      case What.SocketEnds it ->
          "the socket connects " + AddressText.of(it.local()) + " to " + AddressText.of(it.peer());
      case What.Ended it -> ended(it);
      case What.Lost it -> "LOST " + it.count() + " " + it.what();
      case What.Sent it ->
          "sendto() to "
              + AddressText.of(it.destination())
              + " in "
              + from(it.place(), it.cgroup());
      case What.Answered it ->
          it.dialled()
              ? "recvfrom() has an answer from " + AddressText.of(it.from())
              : "recvfrom(): a datagram came from "
                  + AddressText.of(it.from())
                  + ", which is not where this one was sent";
      case What.BoundThere it ->
          holder(it.holder())
              + " in "
              + it.place().name()
              + " takes datagrams at "
              + AddressText.of(it.local());
      case What.Hooked it -> it.hook() + ": " + String.join(", ", it.programs()) + change(it);
      case What.Shown it ->
          it.hook()
              + ": "
              + String.join(", ", it.programs())
              + (it.before().equals(it.after())
                  ? " tells the client " + AddressText.of(it.after()) + ", as it is"
                  : " tells the client "
                      + AddressText.of(it.after())
                      + " for "
                      + AddressText.of(it.before()));
      case What.Ran it ->
          it.hook()
              + it.place().map(place -> " in " + place.name()).orElse("")
              + ", "
              + it.order()
              + ". in order: "
              + it.program()
              + " (program "
              + it.id()
              + ", "
              + (it.owner().equals("unknown") ? "owner unknown" : "of " + it.owner())
              + ") ran "
              + it.runs()
              + (it.runs() == 1 ? " time" : " times");
      case What.Routed it -> routed(it);
      case What.ClientSockets it ->
          "the client sees itself as "
              + AddressText.of(it.local())
              + ", its peer as "
              + AddressText.of(it.peer());
      case What.Packet it ->
          "packet "
              + it.flow()
              + " "
              + it.point().text()
              + " ("
              + it.hook()
              + ") in "
              + it.place().name();
      case What.Rule it ->
          "rule of "
              + it.chain()
              + (it.handle().isPresent() ? " handle " + it.handle().getAsLong() : "")
              + ": "
              + (it.text().isEmpty() ? "(text unknown)" : it.text())
              + " => "
              + it.verdict();
      case What.Counted it ->
          "legacy rule "
              + it.number()
              + " of "
              + it.chain()
              + " in "
              + it.chain().place().name()
              + ": "
              + it.text()
              + " counted "
              + it.packets()
              + (it.packets() == 1 ? " packet" : " packets");
      case What.ChainEnd it ->
          "chain " + it.chain() + (it.policy() ? " policy" : " ends") + " => " + it.verdict();
      case What.Translated it -> "translated " + it.before() + " to " + it.after();
      case What.Accepted it ->
          "accepted by "
              + holder(it.holder())
              + " in "
              + it.place().name()
              + ": local "
              + AddressText.of(it.local())
              + ", peer "
              + AddressText.of(it.peer());
      case What.Decided it ->
          proxy(it.holder())
              + ": "
              + it.direction()
              + " by "
              + it.mode()
              + ", source "
              + it.source()
              + ", original destination "
              + it.originalDestination()
              + "; "
              + it.path()
              + " because "
              + it.reason()
              + "; ended as "
              + it.outcome()
              + (it.detail().isEmpty() ? "" : " (" + it.detail() + ")");
      case What.UpstreamDialled it ->
          proxy(it.holder()) + " connected onward, " + it.source() + " > " + it.destination();
      case What.ServerSaw it ->
          "the server, "
              + holder(it.holder())
              + " in "
              + it.place().name()
              + ", sees "
              + AddressText.of(it.peer())
              + " at its "
              + AddressText.of(it.local());
      case What.Outcome it -> it.connected() ? "connect() done" : "connect() failed: " + it.text();
      case What.Unknown it -> it.subject() + ": not observed, " + it.why();
    };
  }

  private static String change(What.Hooked it) {
    String before = AddressText.of(it.before());
    if (it.before().equals(it.after())) {
      return it.refused()
          .map(error -> " refuses " + before + ": " + error)
          .orElse(" leaves " + before + " as it is");
    }
    return " changes "
        + before
        + " to "
        + AddressText.of(it.after())
        + it.refused().map(error -> " and refuses it: " + error).orElse("");
  }

  private static String routed(What.Routed it) {
    return "route of "
        + it.flow()
        + (it.mark() == 0 ? "" : " with mark " + it.mark())
        + it.place().map(place -> " in " + place.name()).orElse("")
        + ": table "
        + it.table()
        + " => "
        + it.result()
        + (it.device().isEmpty() ? "" : ", device " + it.device())
        + it.gateway().map(next -> " via " + AddressText.of(next)).orElse("");
  }

  private static String ended(What.Ended it) {
    return "closed"
        + (it.sent().isPresent() ? "; sent " + it.sent().getAsLong() + " B" : "")
        + (it.received().isPresent() ? ", received " + it.received().getAsLong() + " B" : "")
        + (it.roundTripMicros().isPresent()
            ? ", round trip " + it.roundTripMicros().getAsLong() + " us"
            : "");
  }

  private static String proxy(Optional<Holder> holder) {
    return holder.map(Holder::toString).orElse("the proxy");
  }

  private static String from(Place place, Optional<Path> cgroup) {
    return place.name() + cgroup.map(path -> ", cgroup " + path).orElse("");
  }

  private static String holder(Optional<Holder> holder) {
    return holder.map(Holder::toString).orElse("a process that can't be named");
  }
}
