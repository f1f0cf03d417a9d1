// SPDX-License-Identifier: Apache-2.0
package dev.sluice.observe;

import dev.sluice.net.AddressText;
import dev.sluice.net.InterceptionMode;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;

/**
 * Records for people, a line each. Immutable.
 *
 * @param colours whether verdicts are coloured, for a terminal
 */
public record FlowText(boolean colours) {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("MMM dd HH:mm:ss.SSS", Locale.ENGLISH).withZone(ZoneOffset.UTC);
  private static final String ROW = "%-20s  %-21s  %-21s  %-20s  %-21s  %-25s  %-9s  %-8s  %s%n";
  private static final String NONE = "-";

  /** {@code Nov 22 23:10:45.000: SOURCE -> DESTINATION ... VERDICT (...)}, ended by a line feed. */
  public String compact(FlowRecord flow) {
    FlowRecord.Path path = flow.path();
    StringBuilder line = new StringBuilder(160);
    line.append(time(flow)).append(": ").append(text(path.source())).append(" -> ");
    path.service().ifPresent(service -> line.append(printable(service)).append(' '));
    line.append(AddressText.of(path.destination()));
    path.backend()
        .filter(backend -> !backend.equals(path.destination()))
        .ifPresent(backend -> line.append(" (").append(AddressText.of(backend)).append(')'));
    line.append(' ').append(mode(flow)).append(' ').append(verdict(flow, 0));
    line.append(" (").append(flow.protocol()).append(figures(flow.figures())).append(')');
    if (!flow.reason().isEmpty()) {
      line.append(' ').append(printable(flow.reason()));
    }
    return line.append(System.lineSeparator()).toString();
  }

  /** What stands above the rows. */
  public String heading() {
    return ROW.formatted(
        "TIMESTAMP",
        "SOURCE",
        "DESTINATION",
        "SERVICE",
        "BACKEND",
        "MODE",
        "VERDICT",
        "PROTOCOL",
        "SUMMARY");
  }

  /** A row, ended by a line feed. */
  public String row(FlowRecord flow) {
    FlowRecord.Path path = flow.path();
    String figures = figures(flow.figures()).substring(2);
    return ROW.formatted(
        time(flow),
        text(path.source()),
        AddressText.of(path.destination()),
        path.service().map(FlowText::printable).orElse(NONE),
        text(path.backend()),
        mode(flow),
        verdict(flow, 9),
        flow.protocol(),
        flow.reason().isEmpty() ? figures : figures + "; " + printable(flow.reason()));
  }

  /** What was lost, ended by a line feed. */
  public String lost(String what, long count) {
    return "LOST " + count + " " + printable(what) + System.lineSeparator();
  }

  /** {@code direct}, {@code proxied:redirect}, with two proxies {@code proxied:socket,tproxy}. */
  private static String mode(FlowRecord flow) {
    String interceptions =
        flow.path().interceptions().stream().map(FlowText::word).collect(Collectors.joining(","));
    return flow.mode().word() + (interceptions.isEmpty() ? "" : ":" + interceptions);
  }

  /** As options and access logs have it. */
  static String word(InterceptionMode interception) {
    return interception.name().toLowerCase(Locale.ROOT);
  }

  private static String time(FlowRecord flow) {
    return TIME.format(Instant.EPOCH.plus(flow.epochMicros(), ChronoUnit.MICROS));
  }

  private static String text(Optional<InetSocketAddress> address) {
    return address.map(AddressText::of).orElse(NONE);
  }

  /** Padded before it is coloured: what colours is no column. */
  private String verdict(FlowRecord flow, int width) {
    String text = flow.verdict().name();
    String padded = text + " ".repeat(Math.max(0, width - text.length()));
    if (!colours) {
      return padded;
    }
    int colour =
        switch (flow.verdict()) {
          case FORWARDED -> 32;
          case DENIED -> 31;
          case FAILED -> 33;
        };
    return "\u001b[" + colour + "m" + padded + "\u001b[0m";
  }

  private static String figures(FlowRecord.Figures figures) {
    return count(", sent ", figures.sent())
        + count(", received ", figures.received())
        + (figures.roundTripMicros().isPresent()
            ? ", rtt " + millis(figures.roundTripMicros().getAsLong())
            : "")
        + ", lasted "
        + millis(figures.micros());
  }

  private static String count(String what, OptionalLong bytes) {
    return bytes.isPresent() ? what + bytes.getAsLong() + " B" : "";
  }

  private static String millis(long micros) {
    return String.format(Locale.ROOT, "%.3f ms", micros / 1_000.0);
  }

  /** Names and reasons are data of others: a terminal must not obey them. */
  private static String printable(String text) {
    return text.replaceAll("[\\p{Cc}\\p{Cf}]", "?");
  }
}
