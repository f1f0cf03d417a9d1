// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.peers;

import java.util.Optional;

/**
 * One way from a client to the servers, as a value.
 *
 * @param name in tables, files and {@code --only}
 * @param description one line for a reader
 * @param ours whether it is Sluice's own; a target is about nothing else
 * @param program the proxy; empty if none is in the way
 */
record Variant(
    String name,
    String description,
    boolean ours,
    Steering steering,
    Optional<ProxyProgram> program) {
  /** What everything is compared with. */
  static final String DIRECT = "direct";

  /** The same, under another name: how far the two differ is the noise. */
  static final String DIRECT_AGAIN = "direct-again";

  static final String REDIRECT = "redirect";
  static final String SLOWED = "slowed";
  static final String HAPROXY = "haproxy";

  /** Whether it only shows that the bench can see a slower proxy. */
  boolean isSelfCheck() {
    return name.equals(SLOWED);
  }

  /** Whether it is somebody else's proxy. */
  boolean isPeer() {
    return !ours && program.isPresent();
  }
}
