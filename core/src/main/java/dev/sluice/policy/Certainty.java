// SPDX-License-Identifier: Apache-2.0
package dev.sluice.policy;

/** Whether something holds, as far as it is known before there is a client's address. */
enum Certainty {
  NO,
  /** It depends on the client's address. */
  DEPENDS,
  YES;

  static Certainty of(boolean known) {
    return known ? YES : NO;
  }

  Certainty and(Certainty other) {
    return compareTo(other) <= 0 ? this : other;
  }

  Certainty or(Certainty other) {
    return compareTo(other) >= 0 ? this : other;
  }

  Certainty not() {
    return switch (this) {
      case NO -> YES;
      case DEPENDS -> DEPENDS;
      case YES -> NO;
    };
  }
}
