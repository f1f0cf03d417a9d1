// SPDX-License-Identifier: Apache-2.0
package dev.sluice.socketlb;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

final class ChangeLockTest {
  private static final List<String> LOCKS =
      List.of(
          "1: POSIX  ADVISORY  WRITE 11 00:1f:1 0 EOF",
          "2: FLOCK  ADVISORY  WRITE 12 00:2f:1 0 EOF",
          "2: -> FLOCK  ADVISORY  WRITE 13 00:1f:1 0 EOF",
          "3: FLOCK  ADVISORY  WRITE 14 00:1f:1 0 EOF",
          "4: FLOCK  ADVISORY  WRITE 15 fd:12345:1 0 EOF");

  @Test
  void findsWhoHoldsTheLock() {
    assertThat(ChangeLock.holder(LOCKS, 0x1f, 1)).contains(14L);
    assertThat(ChangeLock.holder(LOCKS, 0x1_23_0_fd_45L, 1)).contains(15L);
    assertThat(ChangeLock.holder(LOCKS, 0x1f, 2)).isEmpty();
  }
}
