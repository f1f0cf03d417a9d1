// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.iptables;

/**
 * What stands behind the programs of iptables. Their rules are apart: both see every packet, and
 * neither lists or removes what the other made.
 */
public enum Variant {
  /** Speaks to nf_tables of the kernel (4.18 and later for all that programs use). */
  NFT("nft"),
  /** Speaks to the older ip_tables of the kernel; changes take turns by a lock file. */
  LEGACY("legacy");

  private final String spelling;

  Variant(String spelling) {
    this.spelling = spelling;
  }

  /** {@code nft} or {@code legacy}, as in the names of programs. */
  public String spelling() {
    return spelling;
  }
}
