// SPDX-License-Identifier: Apache-2.0
package dev.sluice.intercept;

/**
 * How many of the connections that the proxy made lately came back to it. Where the rules don't
 * exempt it all do, and each that is let through makes another. Thread-safe.
 */
final class ReturnRate {
  /** What was before counts for half. */
  private static final int LATELY = 32;

  private int made;
  private int returned;

  /** A connection is being made. */
  synchronized void made() {
    if (made == LATELY) {
      made /= 2;
      returned /= 2;
    }
    made++;
  }

  /** One came back; whether so many do that nothing else can be expected of the next. */
  synchronized boolean cameBack() {
    returned = Math.min(returned + 1, made);
    return 2 * returned >= made;
  }
}
