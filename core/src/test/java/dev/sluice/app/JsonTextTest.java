// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class JsonTextTest {
  @Test
  void escapesWhatATerminalMayObey() {
    assertThat(JsonText.of(json -> json.writeString("a\u001b\u007f\u009b\u202e\u00e9")))
        .isEqualTo("\"a\\u001B\\u007f\\u009b\\u202e\u00e9\"\n");
  }
}
