// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules;

import dev.sluice.process.Command;
import java.util.List;
import java.util.Optional;

/**
 * One way of talking to netfilter: iptables in its nft or its legacy variant, or native nftables.
 * Deals with both families in one operation, and with nothing else of a program than its tables:
 * routing is shared. Never touches what isn't ours. Blocks its caller; one user at a time.
 *
 * <p>{@link Table#FILTER} holds only the guard, which blocks new connections while a program is
 * changed in several transactions. It comes and goes by {@link #guard}; {@link #change} leaves it.
 */
public interface NetfilterBackend {
  /** For people: {@code iptables-nft}, {@code iptables-legacy}, {@code nftables}. */
  String name();

  /**
   * Whether the kernel takes a change of all tables and families at once. What is put where nothing
   * was needs no guard then.
   */
  boolean changesAllAtOnce();

  /**
   * What of ours is there, the guard too.
   *
   * @throws RulesException if it can't be told; a family that the kernel doesn't have holds nothing
   */
  Listing read() throws RulesException;

  /**
   * How {@link Listing#chains} looks when exactly that program is there, so that the two can be
   * compared line by line. Pure.
   */
  List<ListedChain> listingOf(RuleProgram program);

  /**
   * The commands, with their standard input, that go from one program to another in a namespace
   * that holds nothing else; empty if there is nothing to do. A dry run prints them. Pure.
   */
  List<Command> commands(RuleProgram now, RuleProgram wanted);

  /**
   * Puts the tables of {@code wanted} in the place of whatever of ours is there; families and
   * tables that it doesn't have are cleared.
   *
   * @return how to go back; empty if there was nothing to do
   * @throws RulesException if anything was refused; what was before is there again, in both
   *     families, unless the message says otherwise
   */
  Optional<Undo> change(RuleProgram wanted) throws RulesException;

  /**
   * Puts that guard in place of one that may be there; a program without tables removes it.
   *
   * @param guard has tables of kind {@link Table#FILTER} alone; their jumps come first in the
   *     built-in chains
   * @throws RulesException if it was refused; a former guard may be gone then
   */
  void guard(RuleProgram guard) throws RulesException;
}
