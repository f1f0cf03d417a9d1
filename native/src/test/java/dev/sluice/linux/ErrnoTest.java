// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ErrnoTest {
  @ParameterizedTest
  @EnumSource(Errno.class)
  void isFoundByItsNumber(Errno errno) {
    assertThat(Errno.of(errno.number())).isSameAs(errno);
    assertThat(Errno.describe(errno.number()))
        .isEqualTo(errno.name() + " (" + errno.number() + ")");
  }

  @ParameterizedTest
  @CsvSource({
    "EPERM,1",
    "EINTR,4",
    "EAGAIN,11",
    "EMFILE,24",
    "EPIPE,32",
    "ENOPROTOOPT,92",
    "EAFNOSUPPORT,97",
    "EADDRINUSE,98",
    "EADDRNOTAVAIL,99",
    "ENETUNREACH,101",
    "ECONNABORTED,103",
    "ECONNRESET,104",
    "ENOTCONN,107",
    "ETIMEDOUT,110",
    "ECONNREFUSED,111",
    "EHOSTUNREACH,113",
    "EINPROGRESS,115"
  })
  void hasTheNumbersOfAsmGeneric(Errno errno, int number) {
    assertThat(errno.number()).isEqualTo(number);
  }

  @Test
  void usesNoNumberTwice() {
    assertThat(Arrays.stream(Errno.values()).map(Errno::number)).doesNotHaveDuplicates();
  }

  @Test
  void printsANumberWithoutAName() {
    assertThat(Errno.of(4095)).isNull();
    assertThat(Errno.of(-11)).isNull();
    assertThat(Errno.describe(4095)).isEqualTo("errno 4095");
  }

  @Test
  void comparesWithTheNegativeResultOnly() {
    assertThat(Errno.EAGAIN.returnedBy(-11)).isTrue();
    assertThat(Errno.EAGAIN.returnedBy(11)).isFalse();
    assertThat(Errno.EAGAIN.returnedBy(0)).isFalse();
  }
}
