// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.rules;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.rules.Family;
import dev.sluice.rules.FamilyProgram;
import dev.sluice.rules.GoldenOptions;
import dev.sluice.rules.Listing;
import dev.sluice.rules.NetfilterBackend;
import dev.sluice.rules.NormalForm;
import dev.sluice.rules.RuleOptions;
import dev.sluice.rules.RulePlanner;
import dev.sluice.rules.RuleProgram;
import dev.sluice.rules.RulesException;
import java.util.List;
import java.util.Map;

/** Into the kernel and back. */
final class RoundTrip {
  private RoundTrip() {}

  /** Every golden program, one after the other in the place of the one before. */
  static void assertReadBackWhateverIsPlanned(NetfilterBackend backend) throws RulesException {
    for (Map.Entry<String, RuleOptions> named : GoldenOptions.byName().entrySet()) {
      RuleProgram program = RulePlanner.plan(named.getValue(), List.of(Family.IPV4, Family.IPV6));
      assertReadBack(backend, withoutRouting(program), named.getKey());
    }
  }

  static void assertReadBack(NetfilterBackend backend, RuleProgram program, String name)
      throws RulesException {
    backend.change(program);

    Listing listing = backend.read();
    assertThat(listing.strange()).as(name).isEmpty();
    assertThat(listing.chains()).as(name).isEqualTo(backend.listingOf(program));
    assertThat(listing.program()).as(name).isEqualTo(NormalForm.of(program));
    assertThat(backend.change(program)).as(name + " again").isEmpty();
  }

  /** What a backend has to do with. */
  static RuleProgram withoutRouting(RuleProgram program) {
    return new RuleProgram(
        program.families().stream()
            .map(part -> new FamilyProgram(part.family(), part.tables(), List.of()))
            .toList());
  }
}
