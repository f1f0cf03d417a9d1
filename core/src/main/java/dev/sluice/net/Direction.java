// SPDX-License-Identifier: Apache-2.0
package dev.sluice.net;

/**
 * Which way a connection goes, seen from the local workload. Never the direction of reads and
 * writes in a pipeline.
 */
public enum Direction {
  /** To the local workload. */
  INBOUND("inbound"),
  /** From the local workload. */
  OUTBOUND("outbound");

  private final String text;

  Direction(String text) {
    this.text = text;
  }

  /** As logs and documents write it, in small letters. */
  @Override
  public String toString() {
    return text;
  }
}
