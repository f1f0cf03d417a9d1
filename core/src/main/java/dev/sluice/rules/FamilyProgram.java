// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules;

import java.util.List;

/** Everything that a program puts into one address family. Immutable. */
public record FamilyProgram(Family family, List<TableProgram> tables, List<RoutingEntry> routing) {
  /** Copies both lists. */
  public FamilyProgram {
    tables = List.copyOf(tables);
    routing = List.copyOf(routing);
  }
}
