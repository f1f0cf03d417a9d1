// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.install;

import dev.sluice.rules.CommandRunner;
import dev.sluice.rules.NetfilterBackend;
import dev.sluice.rules.RulesException;
import dev.sluice.rules.iptables.IptablesBackend;
import dev.sluice.rules.iptables.IptablesPrograms;
import dev.sluice.rules.nftables.NftablesBackend;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The backends of a host. A program goes into the chosen one; what an earlier run left in another
 * one is removed, else the program would be there twice.
 */
record Backends(NetfilterBackend chosen, List<NetfilterBackend> others) {
  Backends {
    others = List.copyOf(others);
  }

  /** Who holds the guard of a change: one that blocks both families at once, if there is one. */
  NetfilterBackend guardian() {
    return Stream.concat(Stream.of(chosen), others.stream())
        .filter(NetfilterBackend::changesAllAtOnce)
        .findFirst()
        .orElse(chosen);
  }

  static Backends choose(BackendChoice choice, CommandRunner runner) throws RulesException {
    List<IptablesPrograms> iptables = IptablesPrograms.installed(runner);
    Optional<NftablesBackend> nftables = NftablesBackend.find(runner);
    if (choice == BackendChoice.NFTABLES) {
      return new Backends(NftablesBackend.with(runner), all(iptables, runner).toList());
    }
    if (choice == BackendChoice.AUTOMATIC && iptables.isEmpty() && nftables.isPresent()) {
      return new Backends(nftables.get(), List.of());
    }
    IptablesPrograms chosen = IptablesPrograms.choose(choice.variant(), runner);
    List<IptablesPrograms> rest =
        iptables.stream().filter(programs -> !programs.equals(chosen)).toList();
    return new Backends(
        new IptablesBackend(chosen, runner),
        Stream.concat(all(rest, runner), nftables.stream()).toList());
  }

  private static Stream<NetfilterBackend> all(
      List<IptablesPrograms> installed, CommandRunner runner) {
    return installed.stream().map(programs -> new IptablesBackend(programs, runner));
  }
}
