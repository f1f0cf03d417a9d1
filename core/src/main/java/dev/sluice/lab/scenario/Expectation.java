// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.scenario;

/**
 * A claim before the traffic: what must be seen, and how to find out. Immutable.
 *
 * @param claim the sentence
 * @param expected what must be seen
 * @param source who is asked
 * @param question finds what was seen
 */
record Expectation(String claim, Expected expected, String source, Question question) {
  /** Finds one text in what the parties and the kernel said about a connection. */
  @FunctionalInterface
  interface Question {
    String ask(Observation observation);
  }

  Claim compare(Observation observation) {
    String observed = question.ask(observation);
    return new Claim(claim, expected.text(), observed, expected.accepts().test(observed), source);
  }
}
