// SPDX-License-Identifier: Apache-2.0
package dev.sluice.doctor;

import java.net.InetSocketAddress;

/**
 * What one live connection came to. Immutable.
 *
 * @param dialled what the client dialled
 * @param from where it was made, in words
 * @param promised whether the rules promise to capture it, whatever else may be the case
 * @param outcome what a proxy there saw of it
 */
public record Sight(InetSocketAddress dialled, String from, boolean promised, Outcome outcome) {
  /** What a proxy saw. */
  public sealed interface Outcome {
    /**
     * The connection.
     *
     * @param original destination, as the kernel tells a proxy that asks
     * @param port at which it arrived
     */
    record Seen(InetSocketAddress original, int port) implements Outcome {}

    /**
     * Nothing, although it should have.
     *
     * @param why what became of the connection
     */
    record Unseen(String why) implements Outcome {}

    /**
     * It was not made.
     *
     * @param why in words
     */
    record Untried(String why) implements Outcome {}
  }

  /** Whether a proxy learned what was dialled. */
  public boolean isRight() {
    return outcome instanceof Outcome.Seen(InetSocketAddress original, int _)
        && original.equals(dialled);
  }
}
