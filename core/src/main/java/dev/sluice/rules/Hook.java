// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules;

/** The built-in chains from which a program is entered. */
public enum Hook {
  /** Packets that came in through any interface, {@code lo} too, before routing. */
  PREROUTING,
  /** Packets that a local process made. */
  OUTPUT,
  /** Packets that are about to reach a local process. Only a guard is entered from here. */
  INPUT,
  /** Packets on their way through this host. Only a guard is entered from here. */
  FORWARD
}
