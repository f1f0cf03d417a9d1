// SPDX-License-Identifier: Apache-2.0
package dev.sluice.drawing;

import dev.sluice.net.AddressText;
import dev.sluice.trace.Holder;
import dev.sluice.trace.Hop;
import dev.sluice.trace.Place;
import dev.sluice.trace.TraceText;
import dev.sluice.trace.What;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A hop in the words of a drawing. Immutable.
 *
 * @param kind of what handles the connection there: picks the colour
 * @param title what happens
 * @param where in which network namespace; empty if it is in none
 * @param lines what is known of it
 * @param change of an address, if it is one
 */
record Station(Kind kind, String title, String where, List<String> lines, Optional<Change> change) {
  /** Who handles the connection. */
  enum Kind {
    APPLICATION,
    PROGRAM,
    NETFILTER,
    PROXY,
    GAP
  }

  /** An address before and after. */
  record Change(String before, String after) {}

  Station {
    lines = List.copyOf(lines);
  }

  private static Station of(Kind kind, String title, Optional<Place> place, String... lines) {
    return new Station(
        kind, title, place.map(Place::name).orElse(""), List.of(lines), Optional.empty());
  }

  private Station changing(Object before, Object after) {
    boolean same = before.equals(after);
    return new Station(
        kind,
        title,
        where,
        lines,
        same ? Optional.empty() : Optional.of(new Change(before.toString(), after.toString())));
  }

  static Station of(Hop hop) {
    return switch (hop.what()) {
      case What.Dialled it ->
          of(
              Kind.APPLICATION,
              "connect()",
              Optional.of(it.place()),
              lines("to " + AddressText.of(it.destination()), it.cgroup()));
      case What.Hooked it -> hooked(it);
      case What.ClientSockets it ->
          of(
              Kind.APPLICATION,
              "the client's socket",
              Optional.empty(),
              "itself " + AddressText.of(it.local()),
              "its peer " + AddressText.of(it.peer()));
      case What.Packet it ->
          of(
              Kind.NETFILTER,
              "packet " + it.point().text() + " (" + it.hook() + ")",
              Optional.of(it.place()),
              it.flow().toString());
      case What.Rule it ->
          of(
              Kind.NETFILTER,
              "rule of "
                  + it.chain()
                  + (it.handle().isPresent() ? " handle " + it.handle().getAsLong() : ""),
              Optional.of(it.chain().place()),
              it.text().isEmpty() ? "(text unknown)" : it.text(),
              "verdict " + it.verdict());
      case What.Translated it ->
          of(Kind.NETFILTER, "address translation (" + it.hook() + ")", Optional.of(it.place()))
              .changing(it.before(), it.after());
      case What.Accepted it ->
          of(
              Kind.PROXY,
              "accepted by " + holder(it.holder()),
              Optional.of(it.place()),
              "local " + AddressText.of(it.local()),
              "peer " + AddressText.of(it.peer()));
      case What.Decided it -> decided(it);
      case What.UpstreamDialled it ->
          of(
              Kind.PROXY,
              proxy(it.holder()) + " connected onward",
              Optional.empty(),
              it.source() + " > " + it.destination());
      case What.ServerSaw it ->
          of(
              Kind.APPLICATION,
              "the server, " + holder(it.holder()),
              Optional.of(it.place()),
              "sees " + AddressText.of(it.peer()),
              "at its " + AddressText.of(it.local()));
      case What.Outcome it ->
          of(
              Kind.APPLICATION,
              it.connected() ? "connect() done" : "connect() failed",
              Optional.empty(),
              it.connected() ? "connected" : it.text());
      case What.Unknown it ->
          of(Kind.GAP, it.subject(), Optional.empty(), "not observed: " + it.why());
      case What.AppDialled it ->
          of(
              Kind.APPLICATION,
              it.caller() + ": connect()",
              Optional.of(it.place()),
              "to " + AddressText.of(it.destination()) + ", " + it.protocol());
      case What.Ended _ -> of(Kind.APPLICATION, words(hop), Optional.empty());
      case What.Shown _ -> of(Kind.PROGRAM, words(hop), Optional.empty());
      case What.SocketEnds it ->
          of(
              Kind.APPLICATION,
              "the socket",
              Optional.empty(),
              AddressText.of(it.local()) + " > " + AddressText.of(it.peer()));
      case What.Lost _ -> of(Kind.GAP, words(hop), Optional.empty());
      case What.Sent it ->
          of(
              Kind.APPLICATION,
              "sendto()",
              Optional.of(it.place()),
              lines("to " + AddressText.of(it.destination()), it.cgroup()));
      case What.Answered it ->
          of(Kind.APPLICATION, "the answer", Optional.empty(), "from " + AddressText.of(it.from()));
      case What.BoundThere it ->
          of(
              Kind.APPLICATION,
              "the server, " + holder(it.holder()),
              Optional.of(it.place()),
              "bound to " + AddressText.of(it.local()));
      case What.Ran it ->
          of(
              Kind.PROGRAM,
              it.hook() + ": " + it.program() + " (id " + it.id() + ")",
              it.place(),
              "number " + it.order() + " of its hook, owner " + it.owner(),
              "ran " + it.runs() + " times meanwhile");
      // Nothing to draw but what the text of a trace says.
      case What.Routed _, What.Counted _, What.ChainEnd _ ->
          of(Kind.NETFILTER, words(hop), Optional.empty());
    };
  }

  private static String[] lines(String first, Optional<Path> cgroup) {
    return cgroup.map(path -> new String[] {first, "cgroup " + path}).orElse(new String[] {first});
  }

  private static Station hooked(What.Hooked it) {
    String programs = String.join(", ", it.programs());
    String before = AddressText.of(it.before());
    String after = AddressText.of(it.after());
    List<String> lines = new ArrayList<>();
    if (before.equals(after) && it.refused().isEmpty()) {
      lines.add("leaves " + before + " as it is");
    }
    it.refused().ifPresent(error -> lines.add("refuses " + after + ": " + error));
    return of(
            Kind.PROGRAM,
            it.hook() + ": " + programs,
            Optional.empty(),
            lines.toArray(String[]::new))
        .changing(before, after);
  }

  private static Station decided(What.Decided it) {
    String ending = "ended as " + it.outcome();
    return of(
        Kind.PROXY,
        proxy(it.holder()) + ": " + it.direction() + " by " + it.mode(),
        Optional.empty(),
        "source " + it.source(),
        "original destination " + it.originalDestination(),
        it.path() + " because " + it.reason(),
        it.detail().isEmpty() ? ending : ending + " (" + it.detail() + ")");
  }

  private static String proxy(Optional<Holder> holder) {
    return holder.map(Holder::toString).orElse("the proxy");
  }

  private static String holder(Optional<Holder> holder) {
    return holder.map(Holder::toString).orElse("a process that can't be named");
  }

  /** Without the time in front and the evidence behind, which are drawn for every hop. */
  private static String words(Hop hop) {
    String line = TraceText.of(List.of(hop)).strip();
    int time = line.indexOf(" us  ");
    int evidence = line.lastIndexOf("  [");
    return line.substring(time < 0 ? 0 : time + 5, evidence < 0 ? line.length() : evidence);
  }
}
