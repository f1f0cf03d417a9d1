// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules;

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
