// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules;

import java.util.ArrayList;
import java.util.List;

/** Which of two options wins where they overlap, and which has no effect, for people. Pure. */
public final class CaptureNotes {
  private final List<String> notes = new ArrayList<>();
  private final Selection selection;

  private CaptureNotes(Selection selection) {
    this.selection = selection;
  }

  /** One line each; none if no options get in each other's way. */
  public static List<String> of(RuleOptions options) {
    CaptureNotes reader = new CaptureNotes(options.selection());
    reader.ports();
    reader.destinations();
    reader.interfaces();
    reader.dns(options.dns());
    return reader.notes;
  }

  private void ports() {
    OutboundSelection outbound = selection.outbound();
    for (PortRange included : outbound.ports()) {
      for (PortRange excluded : outbound.excludedPorts()) {
        if (included.first() <= excluded.last() && excluded.first() <= included.last()) {
          notes.add(
              "outbound ports " + included + " (-q) and " + excluded + " (-o) overlap: -o wins");
        }
      }
    }
  }

  private void destinations() {
    if (selection.outbound().destinations() instanceof AddressSelection.Only(List<Subnet> all)) {
      for (Subnet included : all) {
        for (Subnet excluded : selection.outbound().excludedDestinations()) {
          if (included.overlaps(excluded) && included.prefixLength() >= excluded.prefixLength()) {
            notes.add(
                "destination %s (-i) lies within %s (-x): -x wins".formatted(included, excluded));
          }
        }
      }
    }
  }

  private void interfaces() {
    for (String name : selection.interfaces().excluded()) {
      if (selection.interfaces().virtual().contains(name)) {
        notes.add(
            "interface "
                + name
                + " is both excluded (-c) and virtual (-k): -k wins for what arrives");
      }
    }
  }

  private void dns(DnsCapture dns) {
    boolean excluded =
        selection.outbound().excludedPorts().stream().anyMatch(ports -> ports.contains(53));
    if (excluded && !(dns instanceof DnsCapture.Off)) {
      notes.add("DNS is not captured (--redirect-dns): port 53 is excluded (-o), which wins");
    }
  }
}
