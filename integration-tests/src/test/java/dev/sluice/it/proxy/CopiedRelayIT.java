// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;

/** The proxy's user has no room left for pipes: everything is copied, and that is said once. */
final class CopiedRelayIT extends RelayContract {
  CopiedRelayIT() throws Exception {
    super(Intercepted.withPipePages(0));
  }

  @Override
  void assertSpliced(String bytes, List<String> said) {
    assertThat(bytes).isEqualTo("0");
    assertThat(said)
        .filteredOn(line -> line.contains("fs.pipe-user-pages-soft"))
        .singleElement()
        .asString()
        .contains("262144", "8192", "copied instead of spliced");
  }
}
