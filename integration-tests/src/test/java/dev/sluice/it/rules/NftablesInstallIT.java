// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.rules;

import dev.sluice.process.CommandException;

final class NftablesInstallIT extends InstallContract {
  NftablesInstallIT() throws CommandException {
    super(Host.NFTABLES);
  }
}
