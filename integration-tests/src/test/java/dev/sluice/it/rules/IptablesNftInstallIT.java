// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.rules;

import dev.sluice.process.CommandException;

final class IptablesNftInstallIT extends InstallContract {
  IptablesNftInstallIT() throws CommandException {
    super(Host.IPTABLES_NFT);
  }
}
