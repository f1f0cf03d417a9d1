// SPDX-License-Identifier: Apache-2.0
package dev.sluice.loop;

/**
 * Something with a deadline, told the time by its {@link Worker} a few times a second from when it
 * wants to be. An intrusive list node, so that ten thousand idle connections cost no timer each.
 * Event-loop confined.
 */
public abstract class Timed {
  Timed previous = this;
  Timed next = this;

  /** The first tick that it wants to be told, while it is watched. */
  long due;

  /**
   * Called on every tick of the worker that it is watched by, from the one that it asked for. May
   * stop watching itself, or ask for a later one.
   */
  protected abstract void tick(long tick);

  final void linkBefore(Timed other) {
    previous = other.previous;
    next = other;
    previous.next = this;
    other.previous = this;
  }

  @SuppressWarnings("ReferenceEquality") // linked to itself means not linked
  final boolean isLinked() {
    return next != this;
  }

  final void unlink() {
    previous.next = next;
    next.previous = previous;
    previous = this;
    next = this;
  }
}
