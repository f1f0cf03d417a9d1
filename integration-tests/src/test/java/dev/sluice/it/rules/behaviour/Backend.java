// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.rules.behaviour;

import dev.sluice.rules.CommandRunner;
import dev.sluice.rules.NetfilterBackend;
import dev.sluice.rules.RulesException;
import dev.sluice.rules.iptables.IptablesBackend;
import dev.sluice.rules.iptables.IptablesPrograms;
import dev.sluice.rules.iptables.Variant;
import dev.sluice.rules.nftables.NftablesBackend;
import java.util.Optional;

/** The ways in which a program gets into the kernel. */
enum Backend {
  IPTABLES_NFT,
  IPTABLES_LEGACY,
  NFTABLES;

  NetfilterBackend of(CommandRunner runner) throws RulesException {
    return switch (this) {
      case IPTABLES_NFT -> iptables(Variant.NFT, runner);
      case IPTABLES_LEGACY -> iptables(Variant.LEGACY, runner);
      case NFTABLES -> NftablesBackend.with(runner);
    };
  }

  private static NetfilterBackend iptables(Variant variant, CommandRunner runner)
      throws RulesException {
    return new IptablesBackend(IptablesPrograms.choose(Optional.of(variant), runner), runner);
  }
}
