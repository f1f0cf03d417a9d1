// SPDX-License-Identifier: Apache-2.0
package dev.sluice.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

final class MeshRulesTest {
  @Test
  void knowsMeshesByTheirChainsAndLeavesOthersAlone() {
    String saved =
        """
        *nat
        :PREROUTING ACCEPT [0:0]
        :KUBE-SERVICES - [0:0]
        :CILIUM_PRE_nat - [0:0]
        :cali-PREROUTING - [0:0]
        :SLUICE_OUTPUT - [0:0]
        :ISTIO_OUTPUT - [0:0]
        :ISTIO_INBOUND - [0:0]
        :PROXY_INIT_REDIRECT - [0:0]
        -A PREROUTING -p tcp -j ISTIO_INBOUND
        COMMIT
        *mangle
        :ISTIO_DIVERT - [0:0]
        COMMIT
        """;

    assertThat(MeshRules.parse("iptables-nft", saved))
        .containsExactly(
            new MeshRules(
                "Istio",
                "iptables-nft",
                "ISTIO_",
                List.of("mangle ISTIO_DIVERT", "nat ISTIO_INBOUND", "nat ISTIO_OUTPUT")),
            new MeshRules(
                "Linkerd", "iptables-nft", "PROXY_INIT_", List.of("nat PROXY_INIT_REDIRECT")));
  }

  @Test
  void knowsIstiosTablesOfNftablesByTheirWholeName() {
    String listed =
        """
        table ip nat
        table inet istio-proxy-nat
        table ip6 istio-ambient-mangle
        table inet istio-proxy-nat2
        table inet not-istio-proxy-nat
        """;

    assertThat(MeshRules.parseTables(listed))
        .hasValueSatisfying(
            found -> {
              assertThat(found.chains())
                  .containsExactly("inet istio-proxy-nat", "ip6 istio-ambient-mangle");
              assertThat(found.removal())
                  .isEqualTo(
                      "nft 'delete table inet istio-proxy-nat; delete table ip6"
                          + " istio-ambient-mangle'");
            });
  }
}
