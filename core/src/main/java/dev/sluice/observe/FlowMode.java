// SPDX-License-Identifier: Apache-2.0
package dev.sluice.observe;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** Who led a connection to its backend. */
public enum FlowMode {
  /** A proxy, which has told of it. */
  PROXIED,
  /** Programs on sockets alone: the address that was connected to is not the one dialled. */
  SOCKET,
  /** Nobody: it went where it was dialled. */
  DIRECT;

  /** As it is written. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Empty if there is none of that name. */
  public static Optional<FlowMode> ofWord(String word) {
    return Arrays.stream(values()).filter(mode -> mode.word().equalsIgnoreCase(word)).findFirst();
  }
}
