// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.report;

import dev.sluice.drawing.Markup;
import dev.sluice.lab.scenario.Hop;
import dev.sluice.lab.scenario.ScenarioResult;
import dev.sluice.lab.scenario.Sightings;
import dev.sluice.lab.topology.Party;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;

/**
 * A packet's path: a lane for each namespace, a column for each station, and below each station the
 * addresses that were observed there. Knows nothing about particular scenarios. Pure.
 */
final class PathDrawing {
  private static final int LABEL_WIDTH = 70;
  private static final int COLUMN = 154;
  private static final int NODE_WIDTH = 140;
  private static final int NODE_HEIGHT = 54;
  private static final int LANE = 116;
  private static final int WRAP = 18;

  private final Markup svg = new Markup();
  private final List<Hop> hops;
  private final List<Party> lanes;

  private PathDrawing(List<Hop> hops) {
    this.hops = hops;
    EnumSet<Party> used = EnumSet.noneOf(Party.class);
    hops.forEach(hop -> used.add(hop.party()));
    this.lanes = List.copyOf(used);
  }

  /** Draws the path of a scenario, with what was seen in each of its results. */
  static Markup draw(List<Hop> hops, List<ScenarioResult> results) {
    PathDrawing drawing = new PathDrawing(hops);
    drawing.open();
    drawing.lanes();
    for (int i = 0; i + 1 < hops.size(); i++) {
      drawing.line(i);
    }
    for (int i = 0; i < hops.size(); i++) {
      drawing.node(i);
    }
    results.forEach(drawing::sightings);
    return drawing.svg.raw("</svg>");
  }

  private void open() {
    int width = LABEL_WIDTH + hops.size() * COLUMN;
    int height = lanes.size() * LANE;
    // Not wider than drawn: a path of three stations must not be blown up to the page's width.
    svg.fill(
        "<svg viewBox=\"0 0 %s %s\" style=\"width:%spx\" role=\"img\" aria-label=\"%s\">",
        width, height, width, description());
  }

  private String description() {
    StringBuilder text = new StringBuilder("Path of a packet: ");
    for (Hop hop : hops) {
      text.append(hop.party().text()).append(": ").append(hop.label()).append("; ");
    }
    return text.toString();
  }

  private void lanes() {
    int width = LABEL_WIDTH + hops.size() * COLUMN;
    for (int i = 0; i < lanes.size(); i++) {
      svg.fill(
          "<rect class=\"lane\" x=\"0\" y=\"%s\" width=\"%s\" height=\"%s\" rx=\"8\"/>",
          i * LANE + 3, width, LANE - 6);
      svg.fill(
          "<text class=\"title\" x=\"14\" y=\"%s\">%s</text>", i * LANE + 38, lanes.get(i).text());
    }
  }

  private int x(int column) {
    return LABEL_WIDTH + column * COLUMN + (COLUMN - NODE_WIDTH) / 2;
  }

  private int y(int column) {
    return lanes.indexOf(hops.get(column).party()) * LANE + 14;
  }

  /** From the right side of one station to the next one's left, or to its top or bottom. */
  private void line(int from) {
    int x1 = x(from) + NODE_WIDTH;
    int y1 = y(from) + NODE_HEIGHT / 2;
    int y2 = y(from + 1) + NODE_HEIGHT / 2;
    int x2 = x(from + 1);
    if (y1 == y2) {
      svg.fill("<path class=\"path\" d=\"M%s %s H%s\"/>", x1, y1, x2 - 6);
      arrow(x2, y2, "-8,-5 -8,5");
      return;
    }
    int middle = x2 + NODE_WIDTH / 2;
    boolean down = y2 > y1;
    int edge = down ? y(from + 1) : y(from + 1) + NODE_HEIGHT;
    int bend = down ? 10 : -10;
    svg.fill(
        "<path class=\"path\" d=\"M%s %s H%s Q%s %s %s %s V%s\"/>",
        x1, y1, middle - 10, middle, y1, middle, y1 + bend, down ? edge - 6 : edge + 6);
    arrow(middle, edge, down ? "-5,-8 5,-8" : "-5,8 5,8");
  }

  private void arrow(int x, int y, String corners) {
    svg.fill(
        "<polygon class=\"head-fill\" transform=\"translate(%s %s)\" points=\"0,0 %s\"/>",
        x, y, corners);
  }

  private void node(int column) {
    Hop hop = hops.get(column);
    svg.fill(
        "<rect class=\"node %s\" x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\" rx=\"%s\"/>",
        hop.place().name().toLowerCase(Locale.ROOT),
        x(column),
        y(column),
        NODE_WIDTH,
        NODE_HEIGHT,
        hop.place() == Hop.Place.ROUTE ? NODE_HEIGHT / 2 : 7);
    List<String> lines = Markup.wrap(hop.label(), WRAP);
    int middle = y(column) + NODE_HEIGHT / 2 + 4 - 8 * (lines.size() - 1);
    for (int i = 0; i < lines.size(); i++) {
      svg.fill(
          "<text x=\"%s\" y=\"%s\" text-anchor=\"middle\">%s</text>",
          x(column) + NODE_WIDTH / 2, middle + 16 * i, lines.get(i));
    }
  }

  /** Two lines below a station: from which address, and to which. */
  private void sightings(ScenarioResult result) {
    Sightings seen = result.sightings();
    int proxy = 0;
    svg.fill("<g class=\"only-%s\">", result.family().text());
    for (int i = 0; i < hops.size(); i++) {
      switch (hops.get(i).place()) {
        case APPLICATION -> below(i, i == 0 ? seen.client() : seen.server());
        case PROXY -> {
          below(i, proxy < seen.proxies().size() ? seen.proxies().get(proxy) : Sightings.Leg.NONE);
          proxy++;
        }
        case HOOK, RULE, ROUTE -> {}
      }
    }
    svg.raw("</g>");
  }

  private void below(int column, Sightings.Leg leg) {
    int y = y(column) + NODE_HEIGHT + 15;
    address(column, y, leg.from());
    address(column, y + 14, leg.to().isEmpty() ? "" : "→ " + leg.to());
  }

  private void address(int column, int y, String text) {
    svg.fill(
        "<text class=\"addr\" x=\"%s\" y=\"%s\" text-anchor=\"middle\">%s</text>",
        x(column) + NODE_WIDTH / 2, y, text);
  }
}
