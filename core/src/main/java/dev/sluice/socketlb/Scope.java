// SPDX-License-Identifier: Apache-2.0
package dev.sluice.socketlb;

/** Whose connections are load balanced, save for exemptions. {@code enum scope} of the programs. */
public enum Scope {
  /** Nobody's: the programs stay attached and do nothing. Off means off. */
  NONE(0),
  /** Those of the host's network namespace alone. */
  HOST(1),
  /** Those of every process below the cgroup. */
  ALL(2);

  private final int number;

  Scope(int number) {
    this.number = number;
  }

  int number() {
    return number;
  }

  static Scope of(int number) {
    for (Scope scope : values()) {
      if (scope.number == number) {
        return scope;
      }
    }
    throw new IllegalArgumentException("scope " + number + " is not known; expected 0, 1 or 2");
  }
}
