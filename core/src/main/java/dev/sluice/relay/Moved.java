// SPDX-License-Identifier: Apache-2.0
package dev.sluice.relay;

/**
 * What a relay moved in all, in bytes.
 *
 * @param received from the downstream
 * @param sent to the downstream
 * @param spliced how many of both were not copied to this process
 */
record Moved(long received, long sent, long spliced) {
  /** A connection that was never relayed. */
  static final Moved NOTHING = new Moved(0, 0, 0);
}
