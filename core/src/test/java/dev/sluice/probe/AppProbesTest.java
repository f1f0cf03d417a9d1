// SPDX-License-Identifier: Apache-2.0
package dev.sluice.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AppProbesTest {
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "::1"})
  void saysWhetherTheApplicationAcceptsConnections(String address) throws IOException {
    AppProbes probes;
    try (ServerSocket application = new ServerSocket(0, 4, InetAddress.getByName(address))) {
      probes = AppProbes.parse(List.of("app/a=" + application.getLocalPort()));
      assertThat(probes.answer("/app-health/app/a", PATIENCE)).isEqualTo(200);
    }
    assertThat(probes.answer("/app-health/app/a", PATIENCE)).isEqualTo(503);
  }

  @Test
  void knowsNoOtherPath() {
    AppProbes probes = AppProbes.parse(List.of("a=1"));
    assertThat(probes.answer("/app-health/other", PATIENCE)).isEqualTo(404);
    assertThat(probes.answer("/", PATIENCE)).isEqualTo(404);
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", "a=", "=1", "a=0", "a=65536", "a=x"})
  void refusesWhatIsNoProbe(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> AppProbes.parse(List.of(text)))
        .withMessageContaining("'" + text + "'; expected NAME=PORT");
  }
}
