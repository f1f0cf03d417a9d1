// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.install;

import dev.sluice.rules.iptables.Variant;
import java.util.Optional;

/** Through what rules are to be made. */
public enum BackendChoice {
  /**
   * The variant of iptables that suits the host: see {@code IptablesPrograms.choose}. Without
   * iptables, as {@link #NFTABLES}.
   */
  AUTOMATIC(Optional.empty()),
  /** iptables on nf_tables of the kernel. */
  IPTABLES_NFT(Optional.of(Variant.NFT)),
  /** iptables on the older ip_tables of the kernel. */
  IPTABLES_LEGACY(Optional.of(Variant.LEGACY)),
  /** Tables of our own in nf_tables of the kernel, by nft(8). */
  NFTABLES(Optional.empty());

  private final Optional<Variant> variant;

  BackendChoice(Optional<Variant> variant) {
    this.variant = variant;
  }

  /** The variant of iptables that was asked for, if one was. */
  Optional<Variant> variant() {
    return variant;
  }
}
