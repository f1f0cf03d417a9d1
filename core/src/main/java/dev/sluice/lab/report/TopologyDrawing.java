// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.report;

import dev.sluice.drawing.Markup;
import dev.sluice.lab.topology.Family;
import dev.sluice.lab.topology.Party;
import dev.sluice.net.AddressText;
import java.util.List;

/** The namespaces of the demo with their addresses, and the veth pairs between them. Pure. */
final class TopologyDrawing {
  private static final int WIDTH = 1100;
  private static final int BOX_WIDTH = 260;
  private static final int BOX_HEIGHT = 132;
  private static final int TOP = 8;

  private TopologyDrawing() {}

  static Markup draw() {
    Markup svg = new Markup();
    svg.fill(
        "<svg viewBox=\"0 0 %s %s\" role=\"img\" aria-label=\"Three network namespaces in a line:"
            + " client pod, host, server pod\">",
        WIDTH, BOX_HEIGHT + 2 * TOP);
    int gap = (WIDTH - 3 * BOX_WIDTH) / 2;
    wire(svg, BOX_WIDTH, gap);
    wire(svg, 2 * BOX_WIDTH + gap, gap);
    box(svg, 0, "application", "client pod", "dials", addresses(Party.CLIENT));
    box(
        svg,
        BOX_WIDTH + gap,
        "route",
        "host",
        "forwards; the gateway of one scenario",
        List.of("10.7.1.1   2001:db8:7:1::1", "10.7.2.1   2001:db8:7:2::1"));
    box(
        svg,
        2 * (BOX_WIDTH + gap),
        "application",
        "server pod",
        "Python servers and nginx",
        List.of(
            String.join("   ", addresses(Party.SERVER)),
            AddressText.of(Family.IPV4.secondBackend())
                + "   "
                + AddressText.of(Family.IPV6.secondBackend()),
            "service IP " + AddressText.of(Family.IPV4.serviceIp()),
            "service IP " + AddressText.of(Family.IPV6.serviceIp())));
    return svg.raw("</svg>");
  }

  private static List<String> addresses(Party party) {
    return List.of(
        AddressText.of(party.address(Family.IPV4)), AddressText.of(party.address(Family.IPV6)));
  }

  private static void wire(Markup svg, int x, int gap) {
    int y = TOP + BOX_HEIGHT / 2;
    svg.fill("<line class=\"wire\" x1=\"%s\" y1=\"%s\" x2=\"%s\" y2=\"%s\"/>", x, y, x + gap, y);
    svg.fill(
        "<text class=\"small\" x=\"%s\" y=\"%s\" text-anchor=\"middle\">veth pair</text>",
        x + gap / 2, y - 8);
  }

  private static void box(
      Markup svg, int x, String kind, String name, String what, List<String> lines) {
    svg.fill(
        "<rect class=\"node %s\" x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\" rx=\"10\"/>",
        kind, x + 1, TOP, BOX_WIDTH - 2, BOX_HEIGHT);
    svg.fill("<text class=\"title\" x=\"%s\" y=\"%s\">%s</text>", x + 18, TOP + 28, name);
    svg.fill("<text class=\"small\" x=\"%s\" y=\"%s\">%s</text>", x + 18, TOP + 46, what);
    int y = TOP + 68;
    for (String line : lines) {
      svg.fill("<text class=\"addr\" x=\"%s\" y=\"%s\">%s</text>", x + 18, y, line);
      y += 17;
    }
  }
}
