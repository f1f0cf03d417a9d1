// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

/**
 * A process that has a socket open. Immutable.
 *
 * @param command the first 15 characters of its program's name
 */
public record Holder(long pid, String command) {
  /** {@code envoy (process 4711)}. */
  @Override
  public String toString() {
    return command + " (process " + pid + ")";
  }
}
