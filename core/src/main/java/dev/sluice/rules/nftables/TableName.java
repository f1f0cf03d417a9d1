// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.nftables;

import dev.sluice.rules.Family;
import dev.sluice.rules.Table;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Optional;

/**
 * A table as nft addresses it: {@code ip sluice_nat}. Each table of a program becomes one of ours,
 * so chains keep their names, and the tables of iptables or anybody else are never written to.
 *
 * @param family nft's word: {@code ip}, {@code ip6} or, never made by us, another
 */
record TableName(String family, String name) implements Comparable<TableName> {
  /** What the names of all our tables start with, of every version of Sluice. */
  private static final String PREFIX = "sluice_";

  private static final Comparator<TableName> ORDER =
      Comparator.comparing(TableName::family).thenComparing(TableName::name);

  static TableName of(Family family, Table table) {
    return new TableName(nftFamily(family), PREFIX + table.spelling());
  }

  boolean isOurs() {
    return name.startsWith(PREFIX);
  }

  /** Whether it holds the guard, which comes and goes apart from programs. */
  boolean isGuard() {
    return name.equals(PREFIX + Table.FILTER.spelling());
  }

  /** Empty for one that only another version of Sluice can have made. */
  Optional<Table> table() {
    return Arrays.stream(Table.values())
        .filter(table -> name.equals(PREFIX + table.spelling()))
        .findFirst();
  }

  /** Empty likewise. */
  Optional<Family> programFamily() {
    return Arrays.stream(Family.values()).filter(f -> nftFamily(f).equals(family)).findFirst();
  }

  private static String nftFamily(Family family) {
    return switch (family) {
      case IPV4 -> "ip";
      case IPV6 -> "ip6";
    };
  }

  @Override
  public int compareTo(TableName other) {
    return ORDER.compare(this, other);
  }

  @Override
  public String toString() {
    return family + " " + name;
  }
}
