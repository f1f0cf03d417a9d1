// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.linux.socket.AddressFamily;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Policies for what leaves pods, changed while connections are open. */
class NodePolicyIT {
  @TempDir private Path folder;

  @ParameterizedTest
  @EnumSource
  void endsWhatANewPolicyDeniesInOnePodAndKeepsToItWhenTheNextIsWrong(AddressFamily family)
      throws Exception {
    try (NodeWorld world = NodeWorld.with(2);
        EchoServer server = EchoServer.inNode(world, family)) {
      InetSocketAddress service = world.gateway(1, family, server.port());
      Path file = folder.resolve("policy.yaml");
      Files.writeString(file, service(service));
      try (NodeProcess node =
          NodeProcess.start(world, "--pod", world.choice(), "-f", folder.toString())) {
        node.awaitPods(world, 1, 2);
        try (Talk denied = Talk.connect(world, 1, family, service);
            Talk allowed = Talk.connect(world, 2, family, service)) {
          assertThat(denied.echoes()).isTrue();
          assertThat(allowed.echoes()).isTrue();
          Path next = folder.resolve("next");
          Files.writeString(next, service(service) + denial(world.address(1, family, 0)));
          Files.move(next, file, StandardCopyOption.REPLACE_EXISTING);
          await().until(() -> !denied.echoes());
          assertThat(allowed.echoes()).isTrue();

          Files.writeString(next, "kind: Nonsense\n");
          Files.move(next, file, StandardCopyOption.REPLACE_EXISTING);
          node.awaitLine(file + ":1:");
          await()
              .until(() -> asked(world, "stats").contains("\nsluice_configuration_files_good 0\n"));
          assertThat(asked(world, "stats")).contains("\nsluice_configuration_rejected_total 1\n");
          assertThat(asked(world, "config_dump"))
              .contains("\"rejected\":1", file.toString(), "bank/ledger");
          assertThat(allowed.echoes()).isTrue();
          try (Talk still = Talk.connect(world, 1, family, service);
              Talk other = Talk.connect(world, 2, family, service)) {
            assertThat(still.echoes()).as("what was denied is denied").isFalse();
            assertThat(other.echoes()).isTrue();
          }
        }
        await()
            .until(
                () ->
                    node.records("outbound").stream()
                        .anyMatch(line -> "policy_denied".equals(line.get("outcome"))));
      }
    }
  }

  private static String asked(NodeWorld world, String question) throws IOException {
    return world.in("curl", "-sg", "http://127.0.0.1:15000/" + question);
  }

  private static String service(InetSocketAddress address) {
    return """
    apiVersion: v1
    kind: Service
    metadata:
      name: ledger
      namespace: bank
    spec:
      clusterIP: "%s"
      ports:
      - port: %d
    """
        .formatted(address.getAddress().getHostAddress(), address.getPort());
  }

  private static String denial(InetSocketAddress client) {
    return """
    ---
    apiVersion: security.istio.io/v1
    kind: AuthorizationPolicy
    metadata:
      name: no-guests
      namespace: bank
    spec:
      targetRefs:
      - kind: Service
        group: ""
        name: ledger
      action: DENY
      rules:
      - from:
        - source:
            ipBlocks: ["%s"]
    """
        .formatted(client.getAddress().getHostAddress());
  }
}
