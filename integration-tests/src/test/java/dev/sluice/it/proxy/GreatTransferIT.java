// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.lab.topology.Family;
import dev.sluice.lab.topology.Party;
import dev.sluice.net.InterceptionMode;
import java.nio.channels.ServerSocketChannel;
import java.util.Map;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;

/** More bytes through one connection than 32 bits can count. */
final class GreatTransferIT {
  private static final long FIVE_GIB = 5L << 30;

  @Test
  void countsFiveGibibytesExactly() throws Exception {
    try (Mesh mesh = Mesh.build(Party.CLIENT, InterceptionMode.REDIRECT);
        ProxyUnderTest proxy = ProxyUnderTest.start(mesh, Party.CLIENT, InterceptionMode.REDIRECT);
        ServerSocketChannel listener = mesh.listen(Party.SERVER, Family.IPV4)) {
      int port = listener.socket().getLocalPort();
      Wire client = mesh.connect(Party.CLIENT, Mesh.address(Party.SERVER, Family.IPV4, port));
      try (Pair pair = Pair.of(client, listener)) {
        FutureTask<Stream> received = Background.start(() -> Stream.receive(pair.server()));
        Stream sent = Stream.send(client, FIVE_GIB);
        client.endOutput();
        assertThat(received.get()).isEqualTo(sent);
        pair.server().send(new byte[7]).close();
        assertThat(client.receive(7)).hasSize(7);
      }
      assertThat(proxy.record(client))
          .containsEntry("outcome", "closed")
          .containsEntry("bytes_received", "5368709120")
          .containsEntry("bytes_sent", "7");
      Map<String, String> counters = proxy.stop();
      assertThat(Long.parseLong(counters.getOrDefault("bytes_spliced", "0")))
          .isBetween(FIVE_GIB / 2, FIVE_GIB);
      assertThat(counters)
          .containsEntry("connections", "1")
          .containsEntry("closed", "1")
          .containsEntry("bytes_received", "5368709120")
          .containsEntry("bytes_sent", "7");
    }
  }
}
