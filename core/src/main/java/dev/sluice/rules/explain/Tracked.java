// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.explain;

/**
 * What conntrack knows of the connection that a packet belongs to. Immutable.
 *
 * @param known it has seen both directions: RELATED or ESTABLISHED, not NEW
 * @param answering the packet goes from the dialled address to the client
 * @param dialledPort the port of the first packet's destination, before any translation
 */
record Tracked(boolean known, boolean answering, int dialledPort, int mark, int zone) {
  static Tracked fresh(int dialledPort) {
    return new Tracked(false, false, dialledPort, 0, 0);
  }

  Tracked marked(int value) {
    return new Tracked(known, answering, dialledPort, value, zone);
  }

  Tracked inZone(int number) {
    return new Tracked(known, answering, dialledPort, mark, number);
  }
}
