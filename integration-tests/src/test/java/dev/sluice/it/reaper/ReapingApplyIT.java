// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.reaper;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code sluice lb apply} ends what it has made stale, and says so. */
class ReapingApplyIT {
  @TempDir private Path folder;

  @Test
  void saysWhichSocketsItEnded() throws Exception {
    try (Balanced balanced = Balanced.open()) {
      assertThat(balanced.applyByCommand(dns("10.244.1.5")))
          .contains("1 sets of backends in force");
      Client client = balanced.client();
      client.tell("connect stub udp 4 10.96.0.10 53");
      assertThat(balanced.applyByCommand(dns("10.244.1.5"))).doesNotContain("ended");
      assertThat(client.tell("error stub")).isEqualTo("none");

      assertThat(balanced.applyByCommand(dns("10.244.1.6")))
          .contains("sluice lb apply: ended UDP 10.0.0.1:")
          .contains(" of pid " + client.pid() + " (python3) in net:[")
          .contains("]: 10.96.0.10:53 was served by 10.244.1.5:5353");
      assertThat(client.tell("error stub")).isEqualTo("ECONNABORTED");
    }
  }

  private Path dns(String backend) throws IOException {
    return Files.writeString(
        folder.resolve("services.yaml"),
        """
        apiVersion: v1
        kind: Service
        metadata: {name: dns}
        spec: {clusterIP: 10.96.0.10, ports: [{name: dns, port: 53, protocol: UDP}]}
        ---
        apiVersion: discovery.k8s.io/v1
        kind: EndpointSlice
        metadata:
          name: dns-1
          labels: {kubernetes.io/service-name: dns}
        addressType: IPv4
        ports: [{name: dns, port: 5353, protocol: UDP}]
        endpoints:
        - addresses: [%s]
        """
            .formatted(backend));
  }
}
