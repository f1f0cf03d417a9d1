// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.netlink;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * One message of the kernel about a traced packet, {@code NFT_MSG_TRACE} (Linux 4.6). Immutable.
 *
 * @param id of the packet on its way; changes where it changes hands, as at lo, and is used again
 * @param family of the table, as nft calls it: ip, ip6, inet, ...
 * @param table its name
 * @param chain its name
 * @param event what happened
 * @param rule the handle of the rule; empty unless {@code event} is a rule
 * @param verdict what came of it, as nft writes it: accept, drop, {@code jump NAME}, ...
 * @param packet the packet's head; only in the first message of each base chain
 * @param mark of the packet then
 * @param readAtNanos when this process read it, by CLOCK_MONOTONIC: the kernel stamps no messages
 */
public record TraceMessage(
    int id,
    String family,
    String table,
    String chain,
    Event event,
    OptionalLong rule,
    String verdict,
    Optional<TracedPacket> packet,
    long mark,
    long readAtNanos) {

  /** What a message tells of ({@code enum nft_trace_types}). */
  public enum Event {
    /** The base chain ended and its policy decided. */
    POLICY,
    /** A chain that was jumped to ended. */
    RETURN,
    /** A rule matched. */
    RULE
  }
}
