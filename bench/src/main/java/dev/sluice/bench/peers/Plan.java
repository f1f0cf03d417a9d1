// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.peers;

import java.util.List;

/**
 * How long and how often. Immutable.
 *
 * @param rounds that count; a warm-up before them doesn't
 * @param seconds for each load
 * @param idle numbers of connections that memory is measured with, increasing
 * @param starts from exec to the first byte
 * @param copies of each proxy at once
 * @param settledSeconds what was freed after a start is back with the system then
 */
record Plan(
    int rounds, int seconds, List<Integer> idle, int starts, int copies, int settledSeconds) {
  /**
   * At most a quarter of an hour on two quiet processors. 9,400 connections take 18,800
   * descriptors.
   */
  static final Plan USUAL = new Plan(5, 2, List.of(0, 1_000, 9_400), 5, 20, 5);

  /** Shows that everything works. */
  static final Plan QUICK = new Plan(1, 1, List.of(0, 100), 1, 2, 0);

  Plan withRounds(int number) {
    return new Plan(number, seconds, idle, starts, copies, settledSeconds);
  }
}
