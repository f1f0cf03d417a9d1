// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.install;

import dev.sluice.rules.CommandRunner;
import dev.sluice.rules.NetfilterBackend;
import dev.sluice.rules.RulesException;
import dev.sluice.rules.iptables.IptablesBackend;
import dev.sluice.rules.iptables.IptablesPrograms;
import java.util.List;

/**
 * The backends of a host. A program goes into the chosen one; what an earlier run left in another
 * one is removed, else the program would be there twice.
 */
record Backends(NetfilterBackend chosen, List<NetfilterBackend> others) {
  Backends {
    others = List.copyOf(others);
  }

  static Backends choose(BackendChoice choice, CommandRunner runner) throws RulesException {
    IptablesPrograms chosen = IptablesPrograms.choose(choice.variant(), runner);
    List<NetfilterBackend> others =
        IptablesPrograms.installed(runner).stream()
            .filter(programs -> !programs.equals(chosen))
            .<NetfilterBackend>map(programs -> new IptablesBackend(programs, runner))
            .toList();
    return new Backends(new IptablesBackend(chosen, runner), others);
  }
}
