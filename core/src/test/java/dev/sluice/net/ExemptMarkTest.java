// SPDX-License-Identifier: Apache-2.0
package dev.sluice.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ExemptMarkTest {
  @ParameterizedTest
  @CsvSource({"4096, 4096", "0x1000, 4096", "08, 8", "1, 1", "0xffffffff, -1", "4294967295, -1"})
  void readsANumber(String text, int value) {
    assertThat(ExemptMark.parse(text)).contains(new ExemptMark(value));
  }

  @Test
  void readsThatThereIsNone() {
    assertThat(ExemptMark.parse("none")).isEqualTo(Optional.empty());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "0", "-1", "1337", "0x53a", "0x1539", "273", "0x100000000", "9999999999", "x"})
  void refusesWhatIsNoneOrMeansSomethingElse(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ExemptMark.parse(text))
        .withMessageContaining("; expected none, or 1 to 4294967295");
  }
}
