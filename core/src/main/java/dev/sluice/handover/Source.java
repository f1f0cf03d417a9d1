// SPDX-License-Identifier: Apache-2.0
package dev.sluice.handover;

/**
 * The proxy that can be handed over. Each method is called by the thread of the handover, in the
 * order {@link #standStill}, and then {@link #goOn} or {@link #letGo}.
 */
public interface Source {
  /** Has the event loops stand still, and tells what there is. */
  FrozenProxy standStill();

  /** Lets them go on. */
  void goOn();

  /** Closes here, without a word to anybody, all that there was. */
  void letGo();
}
