// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Ports that follow each other. Immutable.
 *
 * @param first 1 to 65535
 * @param last {@code first} to 65535
 */
public record PortRange(int first, int last) {
  /** Checks both ends. */
  public PortRange {
    if (first < 1 || last > 65535 || first > last) {
      throw new IllegalArgumentException(
          "port range " + first + " to " + last + "; expected 1 to 65535, the smaller one first");
    }
  }

  /** One port alone. */
  public static PortRange of(int port) {
    return new PortRange(port, port);
  }

  /** The same ports in as few ranges as can be, the smallest first. */
  public static List<PortRange> merged(List<PortRange> ranges) {
    List<PortRange> merged = new ArrayList<>();
    for (PortRange next :
        ranges.stream().sorted(Comparator.comparingInt(PortRange::first)).toList()) {
      if (merged.isEmpty() || merged.getLast().last() + 1 < next.first()) {
        merged.add(next);
      } else {
        PortRange open = merged.removeLast();
        merged.add(new PortRange(open.first(), Math.max(open.last(), next.last())));
      }
    }
    return merged;
  }

  /** Whether {@code port} is one of them. */
  public boolean contains(int port) {
    return first <= port && port <= last;
  }

  /** {@code 80}, or {@code 8000-8010}. */
  @Override
  public String toString() {
    return first == last ? Integer.toString(first) : first + "-" + last;
  }
}
