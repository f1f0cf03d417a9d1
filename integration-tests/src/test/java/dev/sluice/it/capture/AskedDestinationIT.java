// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.capture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.lab.topology.Party;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Whom the outbound listener is told that the application dialled, by each way to ask. Sluice's own
 * proxy is content with one of them; here a program that asks both has the port, while that proxy
 * gives the signs of life.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class AskedDestinationIT {
  private final Pods pods;
  private final CapturedPod pod;

  AskedDestinationIT() throws IOException {
    pods = Pods.build();
    pod = pods.pod(Party.CLIENT);
  }

  @BeforeAll
  void startEverything() throws IOException {
    pod.capture("-p", "15101");
    pod.startProxy();
    pod.startAsProxy(Scripts.ASKER, "15101").awaitLine("ready", Duration.ofSeconds(10));
  }

  @AfterAll
  void endEverything() throws IOException {
    pods.close();
  }

  @ParameterizedTest
  @CsvSource({
    "10.7.2.2, 10.7.2.2|9090",
    "::ffff:10.7.2.2, 10.7.2.2|9090",
    "2001:db8:7:2::2, 2001:db8:7:2::2|9090"
  })
  void saysItByTheOptionAndByTheName(String dialled, String destination) throws Exception {
    assertThat(pod.dial(dialled + "|9090").getFirst().words())
        .containsEntry("peer", dialled)
        .containsEntry("original", destination)
        .containsEntry("name", destination);
  }
}
