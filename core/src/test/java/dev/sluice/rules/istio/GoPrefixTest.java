// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.istio;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What Go's netip.ParsePrefix and String do. */
final class GoPrefixTest {
  @ParameterizedTest
  @CsvSource({
    "10.1.2.3/8, 10.1.2.3/8, false, false",
    "0.0.0.0/0, 0.0.0.0/0, false, false",
    "127.1.2.3/32, 127.1.2.3/32, false, true",
    "2001:DB8:0:0::1/32, 2001:db8::1/32, true, false",
    "::1/128, ::1/128, true, true",
    "::/0, ::/0, true, false",
    "::ffff:10.0.0.0/104, ::ffff:10.0.0.0/104, true, false",
    "::ffff:127.0.0.1/128, ::ffff:127.0.0.1/128, true, true",
    "::127.0.0.53/128, ::7f00:35/128, true, false"
  })
  void readsAndWrites(String text, String canonical, boolean ipv6, boolean loopback) {
    assertThat(GoPrefix.parse(text))
        .hasValueSatisfying(
            prefix -> {
              assertThat(prefix).hasToString(canonical);
              assertThat(prefix.address().ipv6()).isEqualTo(ipv6);
              assertThat(prefix.loopback()).isEqualTo(loopback);
            });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "*",
        "10.0.0.0",
        "10.0.0.0/33",
        "10.0.0.0/08",
        "10.0.0.0/+8",
        "10.0.0.0/-1",
        "10.0.0/8",
        "010.0.0.0/8",
        "256.0.0.0/8",
        " 10.0.0.0/8",
        "localhost/8",
        "::1/129",
        "fe80::1%eth0/64",
        "[::1]/128",
        "1::2::3/64",
        "::ffff:010.0.0.0/104"
      })
  void refuses(String text) {
    assertThat(GoPrefix.parse(text)).isEmpty();
  }
}
