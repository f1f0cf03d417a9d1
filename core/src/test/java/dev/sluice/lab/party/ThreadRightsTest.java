// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.party;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.lab.topology.LabException;
import java.io.IOException;
import org.junit.jupiter.api.Test;

final class ThreadRightsTest {
  private static final String STATUS =
      """
      Name:\tjava
      Uid:\t1337\t1337\t1337\t1337
      Gid:\t1337\t1337\t1337\t1337
      CapInh:\t0000000000000000
      CapPrm:\t0000000000000000
      CapEff:\t0000000000000000
      CapBnd:\t0000000000000000
      CapAmb:\t0000000000000000
      NoNewPrivs:\t1
      Seccomp:\t0
      """;

  @Test
  void knowsAThreadWithoutRights() {
    assertThat(ThreadRights.parse(STATUS)).isEqualTo(ThreadRights.NONE);
  }

  @Test
  void seesOneCapabilityAndOneOtherUser() {
    assertThat(
            ThreadRights.parse(
                STATUS.replace("CapBnd:\t0000000000000000", "CapBnd:\t0000000000001000")))
        .contains(" CapBnd=1000 ");
    assertThat(ThreadRights.parse(STATUS.replace("Uid:\t1337\t1337", "Uid:\t1337\t0")))
        .endsWith(" Uid=1337,0");
    assertThat(ThreadRights.parse(STATUS.replace("NoNewPrivs:\t1", "NoNewPrivs:\t0")))
        .isNotEqualTo(ThreadRights.NONE);
  }

  @Test
  void readsEveryThreadOfAProcess() throws IOException {
    assertThat(ThreadRights.of(ProcessHandle.current().pid())).contains("CapEff=", "Uid=");
  }

  @Test
  void saysThatAProcessHasEnded() {
    assertThatThrownBy(() -> ThreadRights.of(Integer.MAX_VALUE))
        .isInstanceOf(LabException.class)
        .hasMessageContaining("" + Integer.MAX_VALUE);
  }
}
