// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules;

/** The built-in chains from which a program is entered. */
public enum Hook {
  /** Packets that came in through any interface, {@code lo} too, before routing. */
  PREROUTING,
  /** Packets that a local process made. */
  OUTPUT
}
