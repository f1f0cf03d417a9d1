// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.capture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.lab.party.LabProcess;
import dev.sluice.lab.topology.Party;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Two pods of one host, whose proxies dial from one and the same loopback address and port. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class TwoPodsIT {
  private static final Duration LIMIT = Duration.ofSeconds(10);
  private static final String PORT = "40404";

  private final Pods pods;
  private final LabProcess firstServer;
  private final LabProcess secondServer;

  TwoPodsIT() throws IOException {
    pods = Pods.build();
    firstServer = serve(pods.pod(Party.CLIENT));
    secondServer = serve(pods.pod(Party.SERVER));
  }

  @AfterAll
  void endEverything() throws IOException {
    pods.close();
  }

  @ParameterizedTest
  @CsvSource({
    "10.7.1.2, ::ffff:10.7.1.1, 10.7.2.2, ::ffff:10.7.2.1, ::ffff:127.0.0.6",
    "2001:db8:7:1::2, 2001:db8:7:1::1, 2001:db8:7:2::2, 2001:db8:7:2::1, ::1"
  })
  void showsEachApplicationItsOwnClient(
      String first, String firstClient, String second, String secondClient, String proxy)
      throws Exception {
    LabProcess client =
        pods.startOutside(Party.HOST, Scripts.CLIENT, "hold", first + "|8080", second + "|8080");
    client.awaitLine("held", LIMIT);

    // Both are open: the second proxy had the same port while the first one did.
    assertServed(firstServer, firstClient, client.events().get(0), proxy);
    assertServed(secondServer, secondClient, client.events().get(1), proxy);
  }

  private static LabProcess serve(CapturedPod pod) throws IOException {
    pod.inside("sysctl", "-qw", "net.ipv4.ip_local_port_range=" + PORT + " " + PORT);
    pod.capture();
    pod.startProxy();
    return pod.serve("::|8080");
  }

  private static void assertServed(
      LabProcess server, String client, Map<String, String> said, String proxy) {
    List<Map<String, String>> served =
        server.await(line -> proxy.equals(line.get("kernel")), 1, LIMIT);

    assertThat(served).as("through the proxy, of " + server.lines()).hasSize(1);
    assertThat(served.getFirst())
        .containsEntry("accepted", client)
        .containsEntry("accepted_port", said.get("own_port"))
        .containsEntry("peer_name", client)
        .containsEntry("peer_name_port", said.get("own_port"))
        .containsEntry("kernel_port", PORT);
  }
}
