// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

final class HostNamesTest {
  @Test
  void readsTheFilesOfTheHost() {
    HostNames names =
        HostNames.parse(
            List.of("root:x:0:0:root:/root:/bin/sh", "+nis", "envoy:x:1337:99::/:", "bad:x:no:1"),
            List.of("java:x:7:envoy"),
            List.of("# comment", "http 80/tcp www # web", "domain 53/udp", "https\t443/tcp"));

    assertThat(names.user("envoy")).hasValue(1337);
    assertThat(names.user("java")).isEmpty();
    assertThat(names.user("bad")).isEmpty();
    assertThat(names.group("java")).hasValue(7);
    assertThat(names.tcpServices()).containsExactlyInAnyOrder("http", "www", "https");
  }
}
