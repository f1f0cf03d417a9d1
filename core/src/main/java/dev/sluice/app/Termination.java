// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import java.util.concurrent.CountDownLatch;

/** What a process was told about its end. Thread-safe. */
final class Termination {
  private final CountDownLatch told = new CountDownLatch(1);
  private final CountDownLatch toldAgain = new CountDownLatch(1);

  /** The first call asks for an end in order, the second for one at once. */
  synchronized void tell() {
    if (told.getCount() > 0) {
      told.countDown();
    } else {
      toldAgain.countDown();
    }
  }

  /** An end at once. */
  synchronized void tellToHurry() {
    told.countDown();
    toldAgain.countDown();
  }

  /** Opens when the process is to end. */
  CountDownLatch told() {
    return told;
  }

  /** Opens when it is to do so at once. */
  CountDownLatch toldAgain() {
    return toldAgain;
  }
}
