// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules;

import java.util.Locale;

/** The tables that programs use, in the order in which they are written. */
public enum Table {
  /** Lets packets pass or not; programs use it only to guard a change. */
  FILTER,
  /** Marks and TPROXY. */
  MANGLE,
  /** REDIRECT; sees only the first packet of a connection. */
  NAT,
  /** Comes before conntrack. */
  RAW;

  /** The kernel's spelling. */
  public String spelling() {
    return name().toLowerCase(Locale.ROOT);
  }
}
