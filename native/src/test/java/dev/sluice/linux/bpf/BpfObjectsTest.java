// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class BpfObjectsTest {
  @Test
  void readsObjectsFromTheModule() throws Exception {
    assertThat(BpfObjects.parse("connect4").programs()).containsOnlyKeys("rewrite");
  }

  @Test
  void saysWhichObjectIsMissing() {
    assertThatThrownBy(() -> BpfObjects.parse("nothing"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("reading the eBPF object 'nothing': no such object comes with Sluice");
  }
}
