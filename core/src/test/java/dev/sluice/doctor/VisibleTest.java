// SPDX-License-Identifier: Apache-2.0
package dev.sluice.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class VisibleTest {
  @ParameterizedTest
  @CsvSource({
    "plain_name-1.2/x, plain_name-1.2/x",
    "caf\u00e9 \u4e2d, caf\u00e9 \u4e2d",
    "a\u001b[31mb, a\\x1b[31mb",
    "a\u009b2Jb, a\\x9b2Jb",
    "a\u202eb, a\\u202eb",
    "a\u2028b, a\\u2028b",
    "a\u007fb, a\\x7fb"
  })
  void showsWhatATerminalWouldActOn(String text, String shown) {
    assertThat(Visible.of(text)).isEqualTo(shown);
  }
}
