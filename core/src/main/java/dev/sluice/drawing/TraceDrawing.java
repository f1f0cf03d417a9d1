// SPDX-License-Identifier: Apache-2.0
package dev.sluice.drawing;

import dev.sluice.trace.Evidence;
import dev.sluice.trace.Hop;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The path of one connection as a drawing: hops from top to bottom in the order of the path, each
 * with what it rests on, and the time between two events. It is a list to whoever has it read out.
 * Colours come from {@link #styleSheet()}, light and dark; there is no style in the drawing itself,
 * so that a page may forbid that. Pure.
 */
public final class TraceDrawing {
  private static final int WIDTH = 860;
  private static final int AXIS = 104;
  private static final int LEFT = 128;
  private static final int BOX_WIDTH = WIDTH - LEFT - 4;
  private static final int LINE = 16;
  private static final int HEAD = 24;
  private static final int GAP = 26;

  /** Characters of a line, in the fixed width of {@code trace.css}. */
  private static final int WRAP = 104;

  /** The evidence stands at the right of the title. */
  private static final int TITLE_WRAP = 64;

  private final Markup svg = new Markup();
  private final List<Hop> hops;
  private final long begin;
  private int y = 6;

  private TraceDrawing(List<Hop> hops) {
    this.hops = List.copyOf(hops);
    this.begin =
        hops.stream()
            .filter(TraceDrawing::isObserved)
            .mapToLong(hop -> hop.sighting().nanos())
            .findFirst()
            .orElse(0);
  }

  /**
   * Draws {@code hops}; those that were not observed are drawn as gaps.
   *
   * @param name of the connection, for whoever has it read out
   */
  public static Markup draw(List<Hop> hops, String name) {
    TraceDrawing drawing = new TraceDrawing(hops);
    Markup body = drawing.body();
    return new Markup()
        .fill(
            "<svg class=\"tr\" viewBox=\"0 0 %s %s\" width=\"%s\" role=\"list\""
                + " aria-label=\"%s\">",
            WIDTH, drawing.y + 6, WIDTH, name)
        .append(body)
        .raw("</svg>");
  }

  /** What gives the drawing its colours; needs nothing else. */
  public static String styleSheet() throws IOException {
    try (InputStream stream = TraceDrawing.class.getResourceAsStream("trace.css")) {
      if (stream == null) {
        throw new IOException("the resource trace.css is missing from the jar");
      }
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private Markup body() {
    for (int i = 0; i < hops.size(); i++) {
      if (i > 0) {
        between(hops.get(i - 1), hops.get(i));
      }
      hop(hops.get(i), i > 0 && isOneRecord(hops.get(i - 1), hops.get(i)));
    }
    return svg;
  }

  private static boolean isObserved(Hop hop) {
    return hop.sighting().evidence() != Evidence.NOT_OBSERVED;
  }

  /** A record has one time for all that it tells: the second hop has none of its own. */
  private static boolean isOneRecord(Hop former, Hop next) {
    return former.sighting().equals(next.sighting());
  }

  /** Only events have a time of their own. */
  private void between(Hop former, Hop next) {
    boolean gap = !isObserved(former) || !isObserved(next);
    svg.fill("<path class=\"tr-line%s\" d=\"M%s %s v%s\"/>", gap ? " tr-open" : "", AXIS, y, GAP);
    boolean timed =
        former.sighting().evidence() == Evidence.EVENT
            && next.sighting().evidence() == Evidence.EVENT
            && !isOneRecord(former, next)
            // Two namespaces are read by two threads, and one may be late with its news.
            && former.sighting().nanos() <= next.sighting().nanos();
    if (timed) {
      svg.fill(
          "<text class=\"tr-time\" x=\"%s\" y=\"%s\">%s later</text>",
          LEFT, y + 17, micros(next.sighting().nanos() - former.sighting().nanos()));
    }
    y += GAP;
  }

  private void hop(Hop hop, boolean timeless) {
    Station station = Station.of(hop);
    List<String> title = wrap(station.title(), TITLE_WRAP);
    List<String> lines = new ArrayList<>();
    if (!station.where().isEmpty()) {
      lines.add("in " + station.where());
    }
    station.lines().forEach(line -> lines.addAll(wrap(line, WRAP)));
    int changed = station.change().isPresent() ? 2 : 0;
    int height = HEAD + (title.size() - 1 + lines.size() + changed) * LINE + 6;
    svg.fill(
        "<g role=\"listitem\" aria-label=\"%s\"><g aria-hidden=\"true\">", spoken(hop, station));
    axis(hop, height, timeless);
    String evidence = hop.sighting().evidence().word();
    svg.fill(
        "<rect class=\"tr-box tr-%s tr-%s\" x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\""
            + " rx=\"6\"/>",
        station.kind().name().toLowerCase(Locale.ROOT), evidence, LEFT, y, BOX_WIDTH, height);
    int text = y + 17;
    for (String line : title) {
      svg.fill("<text class=\"tr-title\" x=\"%s\" y=\"%s\">%s</text>", LEFT + 12, text, line);
      text += LINE;
    }
    svg.fill(
        "<text class=\"tr-evidence\" x=\"%s\" y=\"%s\" text-anchor=\"end\">%s</text>",
        LEFT + BOX_WIDTH - 12, y + 17, evidence(hop));
    for (String line : lines) {
      svg.fill("<text class=\"tr-mono\" x=\"%s\" y=\"%s\">%s</text>", LEFT + 12, text, line);
      text += LINE;
    }
    if (station.change().isPresent()) {
      change(station.change().get(), text);
    }
    svg.raw("</g></g>");
    y += height;
  }

  private void change(Station.Change change, int text) {
    svg.fill(
        "<text class=\"tr-mono tr-before\" x=\"%s\" y=\"%s\">before %s</text>",
        LEFT + 12, text, change.before());
    svg.fill(
        "<text class=\"tr-mono tr-after\" x=\"%s\" y=\"%s\">after  %s</text>",
        LEFT + 12, text + LINE, change.after());
  }

  /** A full dot for an event, a ring for state, nothing but the line for what nobody saw. */
  private void axis(Hop hop, int height, boolean timeless) {
    int middle = y + 13;
    svg.fill(
        "<path class=\"tr-line%s\" d=\"M%s %s v%s\"/>",
        isObserved(hop) ? "" : " tr-open", AXIS, y, height);
    if (isObserved(hop)) {
      svg.fill(
          "<circle class=\"tr-dot tr-%s\" cx=\"%s\" cy=\"%s\" r=\"5\"/>",
          hop.sighting().evidence().word(), AXIS, middle);
    }
    if (isObserved(hop) && !timeless) {
      svg.fill(
          "<text class=\"tr-time\" x=\"%s\" y=\"%s\" text-anchor=\"end\">%s</text>",
          AXIS - 12, middle + 4, "+" + micros(hop.sighting().nanos() - begin));
    }
  }

  private static String evidence(Hop hop) {
    String source = hop.sighting().source();
    String word = hop.sighting().evidence().word();
    String all = source.isEmpty() ? word : word + " · " + source;
    return all.length() <= 50 ? all : all.substring(0, 49) + "…";
  }

  private String spoken(Hop hop, Station station) {
    List<String> parts = new ArrayList<>(List.of(station.title()));
    if (!station.where().isEmpty()) {
      parts.add("in " + station.where());
    }
    parts.addAll(station.lines());
    station
        .change()
        .ifPresent(change -> parts.add("from " + change.before() + " to " + change.after()));
    parts.add(hop.sighting().evidence().word());
    if (isObserved(hop)) {
      parts.add(hop.sighting().source());
      parts.add(micros(hop.sighting().nanos() - begin) + " after the first");
    }
    return String.join(", ", parts);
  }

  private static String micros(long nanos) {
    return String.format(Locale.ROOT, "%,d µs", nanos / 1_000).replace(',', '\u202f');
  }

  /** At blanks where there are any; a longer word is cut. */
  private static List<String> wrap(String text, int width) {
    List<String> lines = new ArrayList<>();
    for (String line : Markup.wrap(text, width)) {
      String rest = line;
      while (rest.length() > width) {
        lines.add(rest.substring(0, width));
        rest = rest.substring(width);
      }
      lines.add(rest);
    }
    return lines;
  }
}
