// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.scenario;

import dev.sluice.lab.topology.Party;

/**
 * One station on a packet's way, for the drawing.
 *
 * @param party in whose namespace
 * @param place what handles the packet there
 * @param label what happens, in a few words
 */
public record Hop(Party party, Place place, String label) {
  /** What handles a packet. */
  public enum Place {
    /** The client or the server itself. */
    APPLICATION,
    /** An eBPF program at a system call. */
    HOOK,
    /** A netfilter rule. */
    RULE,
    /** A listener of the proxy. */
    PROXY,
    /** The host's forwarding. */
    ROUTE
  }

  static Hop application(Party party, String label) {
    return new Hop(party, Place.APPLICATION, label);
  }

  static Hop hook(Party party, String label) {
    return new Hop(party, Place.HOOK, label);
  }

  static Hop rule(Party party, String label) {
    return new Hop(party, Place.RULE, label);
  }

  static Hop proxy(Party party, String label) {
    return new Hop(party, Place.PROXY, label);
  }

  static Hop route(String label) {
    return new Hop(Party.HOST, Place.ROUTE, label);
  }
}
