// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.lab.topology.Family;
import dev.sluice.lab.topology.Party;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Under BBR, what the proxy sends to the application beside it isn't paced, and what it sends over
 * the network is.
 */
final class LocalSendingIT {
  private static final Pattern CONGESTION_CONTROL = Pattern.compile("\\b(bbr|cubic|reno)\\b");

  @ParameterizedTest
  @CsvSource({
    "REDIRECT_OUTBOUND, false, true",
    "REDIRECT_INBOUND, true, false",
    "TPROXY_POD, true, false",
    "TPROXY_GATEWAY, true, true"
  })
  void pacesWhatLeaves(Route route, boolean towardsClient, boolean towardsServer) throws Exception {
    try (Mesh mesh = Mesh.build()) {
      mesh.rules(route.place(), route.mode());
      mesh.in(route.place(), "sysctl", "-qw", "net.ipv4.tcp_congestion_control=bbr");
      try (ProxyUnderTest proxy = ProxyUnderTest.start(mesh, route.place(), route.mode())) {
        for (Family family : Family.values()) {
          ServerSocketChannel listener = mesh.listen(Party.SERVER, family);
          InetSocketAddress server =
              Mesh.address(Party.SERVER, family, listener.socket().getLocalPort());
          try (Pair pair = Pair.of(mesh.connect(Party.CLIENT, server), listener)) {
            pair.exchange(1, 1);
            List<String> sockets = socketsOf(proxy, mesh, route.place());
            String upstream = ":" + server.getPort();
            assertThat(sockets)
                .as("%s towards the server", family)
                .filteredOn(line -> peer(line).endsWith(upstream))
                .singleElement()
                .satisfies(line -> assertThat(isPaced(line)).isEqualTo(towardsServer));
            assertThat(sockets)
                .as("%s towards the client", family)
                .filteredOn(line -> !peer(line).endsWith(upstream))
                .singleElement()
                .satisfies(line -> assertThat(isPaced(line)).isEqualTo(towardsClient));
          }
          proxy.awaitIdle();
        }
      }
    }
  }

  private static List<String> socketsOf(ProxyUnderTest proxy, Mesh mesh, Party place)
      throws Exception {
    return mesh.in(place, "ss", "-tinpHO", "state", "established")
        .lines()
        .filter(line -> line.contains("pid=" + proxy.pid() + ","))
        .toList();
  }

  /** The fourth column, after the queues and the socket's own address. */
  private static String peer(String line) {
    return line.strip().split("\\s+", -1)[3];
  }

  private static boolean isPaced(String line) {
    Matcher matcher = CONGESTION_CONTROL.matcher(line);
    assertThat(matcher.find()).as(line).isTrue();
    return matcher.group(1).equals("bbr");
  }
}
