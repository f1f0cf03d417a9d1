// SPDX-License-Identifier: Apache-2.0
package dev.sluice.doctor;

import java.util.Arrays;
import java.util.Optional;

/** What can be done to connections here, as the commands that do it are called. */
public enum Mode {
  /** {@code sluice init -m REDIRECT}. */
  REDIRECT("redirect"),
  /** {@code sluice init -m TPROXY}. */
  TPROXY("tproxy"),
  /** {@code sluice capture on}. */
  SOCKET("socket"),
  /** {@code sluice lb apply}. */
  LB("lb"),
  /** {@code sluice service-ip on}. */
  SERVICE_IP("service-ip");

  private final String word;

  Mode(String word) {
    this.word = word;
  }

  /** For options and people. */
  public String word() {
    return word;
  }

  /** Whether it needs rules of netfilter; else programs on sockets. */
  public boolean byNetfilter() {
    return this == REDIRECT || this == TPROXY;
  }

  /** The one of that word. */
  public static Optional<Mode> ofWord(String word) {
    return Arrays.stream(values()).filter(mode -> mode.word.equals(word)).findFirst();
  }
}
