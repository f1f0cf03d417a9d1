// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.scenario;

/**
 * A claim before the traffic: what must be seen, and how to find out. Immutable.
 *
 * @param connection which of the scenario's connections it is about
 * @param sentence what is claimed of it
 * @param expected what must be seen
 * @param source who is asked
 * @param question finds what was seen
 */
record Expectation(
    String connection, String sentence, Expected expected, String source, Question question) {
  /** Finds one text in what the parties and the kernel said about a connection. */
  @FunctionalInterface
  interface Question {
    String ask(Observation observation);
  }

  Claim compare(Observation observation) {
    String observed = question.ask(observation);
    boolean passed = expected.accepts().test(observed);
    return new Claim(connection, sentence, expected.text(), observed, passed, source);
  }
}
