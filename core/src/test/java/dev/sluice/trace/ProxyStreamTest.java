// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Sockets of this process, which stands for a proxy. */
final class ProxyStreamTest {
  private static final Holder SELF = new Holder((int) ProcessHandle.current().pid(), "java");

  @Test
  @Timeout(20)
  void doesNotWaitForWhoeverLetsNobodyIn(@TempDir Path folder) throws Exception {
    Path socket = folder.resolve("access_log.sock");
    List<SocketChannel> waiting = new ArrayList<>();
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(socket), 1);
      try (ProxyStream stream = ProxyStream.of(SELF).orElseThrow()) {
        assertThat(stream.holder()).isEqualTo(SELF);
      }
      Optional<SocketChannel> next = connect(socket);
      while (next.isPresent()) {
        waiting.add(next.get());
        next = connect(socket);
      }

      assertThat(ProxyStream.of(SELF)).isEmpty();
    } finally {
      for (SocketChannel each : waiting) {
        each.close();
      }
    }
  }

  /** Empty once there is no room to wait in. */
  private static Optional<SocketChannel> connect(Path socket) throws Exception {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    channel.configureBlocking(false);
    try {
      assertThat(channel.connect(UnixDomainSocketAddress.of(socket))).isTrue();
      return Optional.of(channel);
    } catch (IOException e) {
      channel.close();
      return Optional.empty();
    }
  }

  /** The kernel writes names as they are: what follows the line feed is a line of the table. */
  @Test
  void passesOverNamesThatLookLikeLines(@TempDir Path folder) throws Exception {
    Path strange = Files.createDirectory(folder.resolve("x\na b c d e f g h"));
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(strange.resolve("access_log.sock")));

      assertThat(ProxyStream.bound(SELF)).isEmpty();
      assertThat(ProxyStream.isAwaited(SELF)).isFalse();
    }
  }
}
