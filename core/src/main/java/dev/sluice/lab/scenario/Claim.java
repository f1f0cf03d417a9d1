// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.scenario;

/**
 * One sentence about one connection, with what was to be seen and what was seen. Immutable.
 *
 * @param claim the sentence
 * @param expected what had to be seen, written down before any traffic
 * @param observed what was seen
 * @param passed whether the two agree
 * @param source who saw it, for instance {@code server's accept}
 */
public record Claim(
    String claim, String expected, String observed, boolean passed, String source) {}
