// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.scenario;

/**
 * One sentence about one connection, with what was to be seen and what was seen. Immutable.
 *
 * @param connection which of the scenario's connections it is about
 * @param sentence what is claimed of it
 * @param expected what had to be seen, written down before any traffic
 * @param observed what was seen
 * @param passed whether the two agree
 * @param source who saw it, for instance {@code server's accept}
 */
public record Claim(
    String connection,
    String sentence,
    String expected,
    String observed,
    boolean passed,
    String source) {

  /** Connection and sentence, which no other claim of the scenario shares. */
  public String text() {
    return connection + ": " + sentence;
  }
}
