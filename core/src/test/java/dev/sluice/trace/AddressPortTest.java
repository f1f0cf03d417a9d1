// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.net.AddressText;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class AddressPortTest {
  @ParameterizedTest
  @ValueSource(strings = {"10.0.0.1:80", "[2001:db8::1]:65535", "[::1]:0"})
  void readsWhatLogsWrite(String text) {
    assertThat(AddressPort.parse(text).map(AddressText::of)).contains(text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "-",
        "10.0.0.1",
        "10.1:80",
        "10.0.0.1:65536",
        "10.0.0.1:-1",
        "::1:80",
        "[10.0.0.1]:80",
        "[::1]80",
        "reviews:80",
        "10.0.0.1:999999"
      })
  void takesNothingElse(String text) {
    assertThat(AddressPort.parse(text)).isEmpty();
  }
}
