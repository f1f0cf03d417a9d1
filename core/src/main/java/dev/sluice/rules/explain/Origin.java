// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.explain;

/** Where the first packet of a connection enters the host. Immutable. */
public sealed interface Origin {
  /**
   * A process of this host makes it.
   *
   * @param user id of the socket's owner at its creation
   * @param group id of the socket's owner at its creation; supplementary groups don't count
   * @param mark the socket's SO_MARK; 0 for none
   */
  record Local(long user, long group, int mark) implements Origin {}

  /** It comes in through that interface. */
  record Arriving(String interfaceName) implements Origin {}
}
