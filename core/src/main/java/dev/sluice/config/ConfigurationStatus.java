// SPDX-License-Identifier: Apache-2.0
package dev.sluice.config;

import java.util.List;

/**
 * Which configuration is in force, and what came of the last attempt to change it. Immutable.
 *
 * @param version 1 for what the process started with; one more for each that took its place
 * @param inForceSinceMicros since the epoch
 * @param rejected how many changes of the files were found wrong since the start
 * @param problems what is wrong with the files as they are now; empty if they are in force
 */
public record ConfigurationStatus(
    long version, long inForceSinceMicros, long rejected, List<String> problems) {
  /** Copies the list. */
  public ConfigurationStatus {
    problems = List.copyOf(problems);
  }

  /** {@code atMicros}, the start, with files that were right. */
  public static ConfigurationStatus first(long atMicros) {
    return new ConfigurationStatus(1, atMicros, 0, List.of());
  }

  /** After other files took their place. */
  public ConfigurationStatus replaced(long atMicros) {
    return new ConfigurationStatus(version + 1, atMicros, rejected, List.of());
  }

  /** After the files were found to be wrong. */
  public ConfigurationStatus rejected(List<String> why) {
    return new ConfigurationStatus(version, inForceSinceMicros, rejected + 1, why);
  }

  /** After the files came back to what is in force. */
  public ConfigurationStatus restored() {
    return new ConfigurationStatus(version, inForceSinceMicros, rejected, List.of());
  }
}
