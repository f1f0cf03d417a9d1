// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules;

import java.util.List;

/** Whose connections are captured, by the group of the socket. Immutable. */
public sealed interface GroupSelection {
  /** Everybody's but those of some groups. */
  record AllExcept(List<Long> groups) implements GroupSelection {
    /** Copies {@code groups}. */
    public AllExcept {
      groups = List.copyOf(groups);
    }
  }

  /** Those of some groups; nobody's if the list is empty. */
  record Only(List<Long> groups) implements GroupSelection {
    /** Copies {@code groups}. */
    public Only {
      groups = List.copyOf(groups);
    }
  }

  /** The ids that are listed, 0 to 4294967294. */
  List<Long> groups();
}
