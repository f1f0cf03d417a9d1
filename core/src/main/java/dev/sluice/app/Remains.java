// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

/**
 * What a proxy that has stopped didn't give back. All of it is 0, or there is a bug.
 *
 * @param connections whose slots are taken
 * @param flows that the loop guard remembers
 * @param buffers of the event loops
 * @param pipes of the event loops
 */
record Remains(int connections, int flows, int buffers, int pipes) {
  /** For the end of the line of counters: a blank and {@code name=value} for each that isn't 0. */
  @Override
  public String toString() {
    return text("connections_left", connections)
        + text("flows_left", flows)
        + text("buffers_left", buffers)
        + text("pipes_left", pipes);
  }

  private static String text(String name, int value) {
    return value == 0 ? "" : " " + name + "=" + value;
  }
}
