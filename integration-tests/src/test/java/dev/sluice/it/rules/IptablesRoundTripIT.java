// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.rules;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.process.CommandException;
import dev.sluice.rules.Family;
import dev.sluice.rules.FamilyProgram;
import dev.sluice.rules.GoldenOptions;
import dev.sluice.rules.Listing;
import dev.sluice.rules.NormalForm;
import dev.sluice.rules.RuleOptions;
import dev.sluice.rules.RulePlanner;
import dev.sluice.rules.RuleProgram;
import dev.sluice.rules.iptables.IptablesBackend;
import dev.sluice.rules.iptables.IptablesPrograms;
import dev.sluice.rules.iptables.Variant;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the kernel gives back through iptables-save is what was written. */
final class IptablesRoundTripIT {
  private final ThrowawayNamespace namespace;

  IptablesRoundTripIT() throws CommandException {
    namespace = ThrowawayNamespace.open();
  }

  @AfterEach
  void removeNamespace() throws CommandException {
    namespace.close();
  }

  @ParameterizedTest
  @EnumSource
  void readsBackEveryProgramThatIsPlanned(Variant variant) throws IOException {
    IptablesBackend backend =
        new IptablesBackend(
            IptablesPrograms.choose(Optional.of(variant), namespace.runner()), namespace.runner());
    for (Map.Entry<String, RuleOptions> named : GoldenOptions.byName().entrySet()) {
      RuleProgram program =
          withoutRouting(RulePlanner.plan(named.getValue(), List.of(Family.IPV4, Family.IPV6)));
      backend.change(program);

      Listing listing = backend.read();
      assertThat(listing.strange()).as(named.getKey()).isEmpty();
      assertThat(listing.chains()).isEqualTo(backend.listingOf(program));
      assertThat(listing.program()).isEqualTo(NormalForm.of(program));
      assertThat(backend.change(program)).as(named.getKey() + " again").isEmpty();
    }
  }

  private static RuleProgram withoutRouting(RuleProgram program) {
    return new RuleProgram(
        program.families().stream()
            .map(part -> new FamilyProgram(part.family(), part.tables(), List.of()))
            .toList());
  }
}
