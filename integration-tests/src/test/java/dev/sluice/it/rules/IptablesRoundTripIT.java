// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.rules;

import dev.sluice.process.CommandException;
import dev.sluice.rules.iptables.IptablesBackend;
import dev.sluice.rules.iptables.IptablesPrograms;
import dev.sluice.rules.iptables.Variant;
import java.io.IOException;
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
    RoundTrip.assertReadBackWhateverIsPlanned(backend);
  }
}
