// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules;

/** What happens to a packet that all matches of a rule accept. Immutable. */
public sealed interface Target {
  /** Back to the calling chain. */
  record Return() implements Target {}

  /** No further rule of this table at this hook. */
  record Accept() implements Target {}

  /** The packet is lost, without an answer. */
  record Drop() implements Target {}

  /** On with the first rule of another chain of the program; comes back at its end. */
  record Call(String chain) implements Target {}

  /** nat: the destination becomes this host, at that port. */
  record Redirect(int port) implements Target {}

  /** mangle: hand the packet to the listener on that port, destination unchanged, and mark it. */
  record Tproxy(int port, int mark) implements Target {}

  /** The same, but on with the next rule where nobody listens on that port; nftables alone. */
  record TproxyIfServed(int port, int mark) implements Target {}

  /** Marks the packet, all 32 bits. */
  record SetMark(int mark) implements Target {}

  /** Marks the packet's connection. */
  record SetConnectionMark(MarkBits bits) implements Target {}

  /** raw: conntrack keeps the packet's connection apart from those of other zones; 1 to 65535. */
  record ConntrackZone(int zone) implements Target {}

  /** Copies the packet's mark to its connection. */
  record SaveMark() implements Target {}

  /**
   * Copies the connection's mark to the packet; in OUTPUT of mangle the kernel then routes anew.
   */
  record RestoreMark() implements Target {}
}
