// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.netlink;

/** What became of a socket that was to be ended. Immutable. */
public enum DestroyOutcome {
  /**
   * Its owner gets ECONNABORTED from the call that it waits in, or from the next one. TCP sends a
   * RST; UDP is no longer connected and, unless it was bound explicitly, has no port any more.
   */
  ENDED,
  /**
   * There is no socket with these addresses and this cookie: closed meanwhile, connected elsewhere
   * or hidden behind another one that has the same addresses (SO_REUSEPORT).
   */
  NOT_FOUND
}
