// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.input;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class ResolvConfTest {
  @Test
  void readsAllServersInTheirOrder() {
    String file =
        """
        # nameserver 10.0.0.1
        ;nameserver 10.0.0.2
        search svc.cluster.local
          nameserver 10.0.0.4 and more
        nameserver\t10.0.0.3
        Nameserver 10.0.0.5
        nameserver
        nameserver fe80::1%eth0
        nameserver 10.0.0.4
        nameserver 10.0.0.6
        """;

    assertThat(ResolvConf.nameServers(file.lines().toList()))
        .containsExactly("10.0.0.4", "10.0.0.3", "fe80::1%eth0", "10.0.0.4", "10.0.0.6");
  }
}
