// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.rules;

import dev.sluice.process.CommandException;
import dev.sluice.rules.nftables.NftablesBackend;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What nft lists is the program that was written, whatever the program. */
final class NftablesRoundTripIT {
  private static final int PROGRAMS = 40;

  private final ThrowawayNamespace namespace;
  private final NftablesBackend backend;

  NftablesRoundTripIT() throws CommandException {
    namespace = ThrowawayNamespace.open();
    backend = NftablesBackend.with(namespace.runner());
  }

  @AfterEach
  void removeNamespace() throws CommandException {
    namespace.close();
  }

  @Test
  void readsBackRandomPrograms() throws IOException {
    long seed = Long.getLong("sluice.rules.seed", System.nanoTime());
    System.out.println("random programs of -Dsluice.rules.seed=" + seed);
    RandomPrograms programs = new RandomPrograms(seed);
    for (int i = 0; i < PROGRAMS; i++) {
      RoundTrip.assertReadBack(backend, programs.next(), "program " + i);
    }
  }

  @Test
  void readsBackEveryProgramThatIsPlanned() throws IOException {
    RoundTrip.assertReadBackWhateverIsPlanned(backend);
  }
}
