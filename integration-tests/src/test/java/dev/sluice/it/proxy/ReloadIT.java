// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.proxy;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.it.proxy.Wire.Ending;
import dev.sluice.lab.topology.Family;
import dev.sluice.lab.topology.Party;
import dev.sluice.net.InterceptionMode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/**
 * The files of a running proxy change, as a mounted ConfigMap does, with connections open that move
 * bytes all the time.
 */
final class ReloadIT {
  private static final int PORT = 8082;
  private static final int RELOADS = 50;
  private static final int CONNECTIONS = 10;
  private static final InetAddress GUEST_V4 = InetAddress.ofLiteral("10.7.1.3");
  private static final InetAddress GUEST_V6 = InetAddress.ofLiteral("2001:db8:7:1::3");
  private static final String DENIED = GUEST_V4.getHostAddress() + ", \"2001:db8:7:1::3\"";
  private static final String NOBODY = "192.0.2.1";

  private final AtomicBoolean enough = new AtomicBoolean();
  private int swaps;

  @Test
  void cutsOnlyWhatIsDeniedNow() throws Exception {
    try (Mesh mesh = Mesh.build(Party.CLIENT, InterceptionMode.REDIRECT);
        ServerSocketChannel v4 = mesh.listen(Party.SERVER, service(Family.IPV4));
        ServerSocketChannel v6 = mesh.listen(Party.SERVER, service(Family.IPV6))) {
      mesh.in(Party.CLIENT, "ip", "address", "add", "10.7.1.3/24", "dev", "eth0");
      mesh.in(Party.CLIENT, "ip", "address", "add", "2001:db8:7:1::3/64", "dev", "eth0", "nodad");
      Path folder = mesh.folder();
      swap(folder, policy(NOBODY, 0));
      Files.createSymbolicLink(folder.resolve("mesh.yaml"), Path.of("..data/mesh.yaml"));
      try (ProxyUnderTest proxy =
              ProxyUnderTest.start(
                  mesh, Party.CLIENT, InterceptionMode.REDIRECT, "-f", folder.toString());
          Crowd members4 = crowd(mesh, Party.CLIENT.address(Family.IPV4), v4, Family.IPV4);
          Crowd members6 = crowd(mesh, Party.CLIENT.address(Family.IPV6), v6, Family.IPV6);
          Crowd guests4 = crowd(mesh, GUEST_V4, v4, Family.IPV4);
          Crowd guests6 = crowd(mesh, GUEST_V6, v6, Family.IPV6)) {
        List<Crowd> all = List.of(members4, members6, guests4, guests6);
        reloadUnderLoad(proxy, folder, all);
        keepsWhatIsGood(proxy, folder, all);

        swap(folder, policy(DENIED, 0));
        for (Crowd guests : List.of(guests4, guests6)) {
          for (Wire guest : guests.clients()) {
            assertThat(guest.ending()).isEqualTo(Ending.RESET);
            assertThat(proxy.record(guest))
                .containsEntry("outcome", "policy_denied")
                .hasEntrySatisfying("bytes_received", sent -> assertThat(sent).isNotEqualTo("0"))
                .hasEntrySatisfying("detail", why -> assertThat(why).contains("bank/no-guests"));
          }
        }
        members4.echoOnEach();
        members6.echoOnEach();
        mesh.connect(Party.CLIENT, GUEST_V6, service(Family.IPV6)).close();
        proxy.awaitOutcomes("policy_denied", 2 * CONNECTIONS + 1);
      }
    }
  }

  private void reloadUnderLoad(ProxyUnderTest proxy, Path folder, List<Crowd> all)
      throws Exception {
    List<FutureTask<Long>> loads = new ArrayList<>();
    for (Crowd crowd : all) {
      for (Wire client : crowd.clients()) {
        loads.add(Background.start(() -> load(client)));
      }
    }
    for (int i = 1; i <= RELOADS; i++) {
      swap(folder, policy(NOBODY, i));
      awaitSaid(
          proxy, "sluice proxy: configuration " + (i + 1) + " in force: services: 2, policies: 1");
    }
    enough.set(true);
    for (FutureTask<Long> load : loads) {
      assertThat(load.get()).as("messages there and back").isPositive();
    }
    assertThat(proxy.records()).as("connections that ended").isEmpty();
  }

  private void keepsWhatIsGood(ProxyUnderTest proxy, Path folder, List<Crowd> all)
      throws Exception {
    swap(folder, "kind: Service\nspec: {nonsense: 1}\n");
    awaitSaid(proxy, "sluice proxy: configuration " + (RELOADS + 1) + " stays in force");
    assertThat(proxy.said())
        .anyMatch(line -> line.contains("mesh.yaml:1:1: apiVersion is missing"));
    for (Crowd crowd : all) {
      crowd.echoOnEach();
    }
  }

  private long load(Wire client) throws IOException {
    long messages = 0;
    while (!enough.get()) {
      client.send((byte) messages);
      assertThat(client.receive(1)).containsExactly((byte) messages);
      messages++;
    }
    return messages;
  }

  private static void awaitSaid(ProxyUnderTest proxy, String beginning) {
    await()
        .alias(beginning)
        .pollInterval(Duration.ofMillis(10))
        .atMost(Duration.ofSeconds(10))
        .until(() -> proxy.said().stream().anyMatch(line -> line.startsWith(beginning)));
  }

  private static Crowd crowd(
      Mesh mesh, InetAddress source, ServerSocketChannel listener, Family family) throws Exception {
    return Crowd.connect(
        CONNECTIONS, _ -> mesh.connect(Party.CLIENT, source, service(family)), listener, family);
  }

  private static InetSocketAddress service(Family family) {
    return new InetSocketAddress(family.serviceIp(), PORT);
  }

  private static String policy(String denied, int number) {
    return """
    apiVersion: v1
    kind: Service
    metadata: {name: ledger, namespace: bank}
    spec:
      clusterIPs: [10.96.0.10, "fd00:10:96::10"]
      ports: [{port: 8082}]
    ---
    apiVersion: v1
    kind: Service
    metadata: {name: other-%2$d, namespace: bank}
    spec:
      clusterIPs: [10.96.1.1]
      ports: [{port: 80}]
    ---
    apiVersion: security.istio.io/v1
    kind: AuthorizationPolicy
    metadata: {name: no-guests, namespace: bank}
    spec:
      targetRefs: [{kind: Service, group: "", name: ledger}]
      action: DENY
      rules: [{from: [{source: {ipBlocks: [%1$s]}}]}]
    """
        .formatted(denied, number);
  }

  /** As the kubelet does it: a new folder, a new link, and that in the place of the old one. */
  private void swap(Path folder, String content) throws IOException {
    swaps++;
    Path data = Files.createDirectory(folder.resolve("..data-" + swaps));
    Files.writeString(data.resolve("mesh.yaml"), content);
    Path link = folder.resolve("..data_tmp");
    Files.createSymbolicLink(link, data.getFileName());
    Files.move(link, folder.resolve("..data"), ATOMIC_MOVE);
  }
}
