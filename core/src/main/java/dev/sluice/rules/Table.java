// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules;

import java.util.Locale;

/** The tables that programs use, in the order in which they are written. */
public enum Table {
  /** Marks and TPROXY. */
  MANGLE,
  /** REDIRECT; sees only the first packet of a connection. */
  NAT;

  /** The kernel's spelling. */
  public String spelling() {
    return name().toLowerCase(Locale.ROOT);
  }
}
