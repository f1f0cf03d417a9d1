// SPDX-License-Identifier: Apache-2.0
package dev.sluice.doctor;

import dev.sluice.rules.Chain;
import dev.sluice.rules.CommandRunner;
import dev.sluice.rules.Family;
import dev.sluice.rules.FamilyProgram;
import dev.sluice.rules.Rule;
import dev.sluice.rules.RuleOptions;
import dev.sluice.rules.RulePlanner;
import dev.sluice.rules.RulesException;
import dev.sluice.rules.TableProgram;
import dev.sluice.rules.Target;
import dev.sluice.rules.install.InstalledRules;
import dev.sluice.rules.install.RuleInstaller;
import dev.sluice.rules.install.Verification;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Our rules in the namespace, through one backend, and what they should be. Immutable.
 *
 * @param options that they were made with, read from them; empty if that can't be
 * @param verification against the program of these options; empty without them
 */
public record RuleFacts(
    InstalledRules installed, Optional<RuleOptions> options, Optional<Verification> verification) {
  /** The fullest first: where rules are there twice, that is the one to keep. */
  static List<RuleFacts> find(CommandRunner runner) throws RulesException {
    List<RuleFacts> found = new ArrayList<>();
    for (InstalledRules installed : InstalledRules.find(runner)) {
      Optional<RuleOptions> options = installed.options(runner);
      Optional<Verification> verification = Optional.empty();
      if (options.isPresent()) {
        verification =
            Optional.of(
                new RuleInstaller(installed.choice(), runner)
                    .verify(RulePlanner.plan(options.get(), installed.families())));
      }
      found.add(new RuleFacts(installed, options, verification));
    }
    found.sort(Comparator.comparingInt(each -> -each.installed.listing().chains().size()));
    return found;
  }

  /** Where the proxy has to listen for what is captured. */
  List<Integer> ports() {
    List<Integer> ports = new ArrayList<>();
    for (FamilyProgram part : installed.listing().program().families()) {
      for (TableProgram table : part.tables()) {
        for (Chain chain : table.chains()) {
          for (Rule rule : chain.rules()) {
            switch (rule.target()) {
              case Target.Redirect(int port) -> ports.add(port);
              case Target.Tproxy(int port, int _) -> ports.add(port);
              case Target.TproxyIfServed(int port, int _) -> ports.add(port);
              default -> {}
            }
          }
        }
      }
    }
    return ports.stream().distinct().sorted().toList();
  }

  List<Family> families() {
    return installed.families();
  }

  /** In words. */
  public String text() {
    return options
            .map(each -> each.interception().toString().replace('_', ' '))
            .orElse("of options that can't be read from them")
        + " by "
        + installed.backend();
  }
}
