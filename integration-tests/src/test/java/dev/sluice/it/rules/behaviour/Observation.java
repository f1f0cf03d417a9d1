// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.rules.behaviour;

/**
 * What a client saw of the other end.
 *
 * @param original the address that the other end takes for the dialled one; empty if it can't know
 */
record Observation(Place place, String original) {
  static final Observation NOTHING = new Observation(Place.NOWHERE, "");

  /** What the other end sends, as the only thing that it ever sends. */
  String greeting() {
    return place + " " + original;
  }

  static Observation parse(String greeting) {
    int blank = greeting.indexOf(' ');
    return new Observation(
        Place.valueOf(greeting.substring(0, blank)), greeting.substring(blank + 1));
  }
}
