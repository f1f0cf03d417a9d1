// SPDX-License-Identifier: Apache-2.0
package dev.sluice.loop;

/**
 * Has the heap collected when most of it must be garbage. The serial collector takes more memory
 * from the system for as long as it may before it looks at what is old, and connections that lived
 * through a few young collections are old: a proxy with a long day behind it would hold the whole
 * of {@code -Xmx}. A collection then costs a pause of 10 ms or so, about once in a million
 * connections.
 *
 * <p>Confined to the loop of its worker.
 */
public final class SpareHeap {
  private static final long PERIOD_MILLIS = 10_000;

  /** What may be spare in any case: 16 MiB. */
  private static final long SLACK = 16L << 20;

  private final Worker worker;
  private final Runnable onTime = this::look;
  private long lasting;

  private SpareHeap(Worker worker) {
    this.worker = worker;
  }

  /** Looks every ten seconds, on the loop of {@code worker}, for as long as that lives. */
  public static void watch(Worker worker) {
    worker.execute(new SpareHeap(worker)::look);
  }

  private void look() {
    Runtime runtime = Runtime.getRuntime();
    if (isWorthIt(runtime.totalMemory(), lasting)) {
      System.gc();
      lasting = runtime.totalMemory();
    }
    if (!worker.eventLoop().isShuttingDown()) {
      worker.executeLater(onTime, PERIOD_MILLIS);
    }
  }

  /**
   * Whether to collect a heap that has {@code size} bytes from the system, and had {@code lasting}
   * after it was last collected; 0 if it never was.
   */
  static boolean isWorthIt(long size, long lasting) {
    return size > 2 * lasting + SLACK;
  }
}
