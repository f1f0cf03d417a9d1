// SPDX-License-Identifier: Apache-2.0
package dev.sluice.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SecretsTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "SLUICE_TOKEN=HUSH",
        "password: HUSH",
        "{\"client_secret\": \"HUSH and more\"}",
        "--api-key HUSH",
        "--password=HUSH",
        "Authorization: Bearer HUSHHUSH",
        "http://user:HUSH@proxy:3128/",
        "-----BEGIN PRIVATE KEY-----\nHUSH\n-----END PRIVATE KEY-----",
        "-----BEGIN EC PRIVATE KEY-----\nHUSH, and the end is missing",
        "x eyJhbGciOiJIUzI1NiJ9.HUSH.HUSH y",
        "set-cookie: HUSH",
        "DB_PASS='HUSH now'"
      })
  void masksSecrets(String text) {
    assertThat(Secrets.masked(text)).doesNotContain("HUSH").contains(Secrets.MASK);
  }

  @Test
  void leavesTheRestAsItIs() {
    String text =
        """
        ip sluice_nat SLUICE_OUTPUT counter packets 0 bytes 0 jump # handle 7
        net.ipv4.ip_forward=0 cgroup/connect4: sluice_lb_conn (id 7)
        the tokens of a bucket and its keys
        """;

    assertThat(Secrets.masked(text)).isEqualTo(text);
  }
}
