// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.rules.behaviour;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Ports for clients, each used once in a long time: conntrack remembers what was done with a
 * connection, and would do the same with the next one that looks like it. Thread-safe.
 */
final class ClientPorts {
  private static final int FIRST = 20_000;
  private static final int COUNT = 45_000;
  private static final AtomicInteger USED = new AtomicInteger();

  private ClientPorts() {}

  static int next() {
    return FIRST + USED.getAndIncrement() % COUNT;
  }
}
