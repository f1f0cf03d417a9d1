// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules;

/** Something beside netfilter that a program needs in one family. Immutable. */
public sealed interface RoutingEntry {
  /**
   * {@code ip rule}: packets with that mark are routed by that table.
   *
   * @param preference smaller is asked earlier; the main table has 32766
   */
  record MarkRule(int preference, MarkBits mark, int table) implements RoutingEntry {
    /** All 32 bits. */
    public MarkRule(int preference, int mark, int table) {
      this(preference, MarkBits.of(mark), table);
    }
  }

  /** {@code ip rule}: packets that a local process sends from that subnet use that table. */
  record LocalSourceRule(int preference, Subnet source, int table) implements RoutingEntry {}

  /** {@code ip route}: in that table, every destination is this host. */
  record LocalDefaultRoute(int table) implements RoutingEntry {}

  /** {@code ip addr}: an address of lo. */
  record LoopbackAddress(Subnet address) implements RoutingEntry {}
}
