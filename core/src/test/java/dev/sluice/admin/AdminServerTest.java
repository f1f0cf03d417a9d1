// SPDX-License-Identifier: Apache-2.0
package dev.sluice.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import dev.sluice.admin.AdminServer.Places;
import dev.sluice.admin.AdminServer.SocketGroup;
import dev.sluice.admin.AdminServer.Turn;
import dev.sluice.linux.ProcessImage;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class AdminServerTest {
  private static final SocketGroup OWN = new SocketGroup(1337, false);

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "::1"})
  void namesAPortThatIsTakenAlsoByWhoWouldShareIt(String address) throws IOException {
    try (ServerSocket other = new ServerSocket()) {
      other.setOption(StandardSocketOptions.SO_REUSEPORT, true);
      other.bind(new InetSocketAddress(InetAddress.getByName(address), 0));
      int port = other.getLocalPort();
      assertThatIOException()
          .isThrownBy(() -> AdminServer.open(status(port), Turn.FIRST))
          .withMessage(
              "cannot listen on port "
                  + port
                  + " (--status-port): EADDRINUSE: another process listens there; expected a free"
                  + " port, or 0 for none");
    }
  }

  @Test
  void waitsForThePortsOfOneThatHasHandedOver() throws Exception {
    ServerSocket old = new ServerSocket(0);
    int port = old.getLocalPort();
    CompletableFuture<AdminServer> next =
        CompletableFuture.supplyAsync(() -> open(status(port), Turn.NEXT));
    Thread.sleep(100);
    assertThat(next).isNotDone();
    old.close();
    next.get(4, TimeUnit.SECONDS).close();
  }

  @Test
  void keepsTheSocketOfAProxyThatRunsUnlessItTakesOver() throws IOException {
    Path path = folder.resolve("admin.sock");
    AdminServer old = AdminServer.open(socket(path, OWN), Turn.FIRST);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
        .isEqualTo("rw-rw----");
    assertThatIOException()
        .isThrownBy(() -> AdminServer.open(socket(path, OWN), Turn.FIRST))
        .withMessageContaining(path + " (--admin-socket): another process listens there");
    try (AdminServer _ = AdminServer.open(socket(path, OWN), Turn.NEXT)) {
      old.close();
      assertThat(path).exists();
      connect(path);
    }
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void replacesWhatAKilledProxyLeft() throws IOException {
    Path path = folder.resolve("admin.sock");
    try (ServerSocketChannel killed = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      killed.bind(UnixDomainSocketAddress.of(path));
    }
    assertThat(path).exists();
    try (AdminServer _ = AdminServer.open(socket(path, OWN), Turn.FIRST)) {
      connect(path);
    }
  }

  @ParameterizedTest
  @EnumSource(Turn.class)
  void leavesAloneWhatIsNoSocket(Turn turn) throws IOException {
    Path path = Files.writeString(folder.resolve("admin.sock"), "mine");
    Path link = Files.createSymbolicLink(folder.resolve("link"), path);
    for (Path each : new Path[] {path, link}) {
      assertThatIOException()
          .isThrownBy(() -> AdminServer.open(socket(each, OWN), turn))
          .withMessageContaining("something that is no socket is there; expected a path");
    }
    assertThat(path).hasContent("mine");
    assertThat(link).isSymbolicLink();
  }

  @Test
  void leavesNothingWhenTheGroupCannotBeGiven() throws IOException {
    if (ProcessImage.user() == 0) {
      // Root may give it to any group.
      try (AdminServer _ =
          AdminServer.open(socket(folder.resolve("a"), new SocketGroup(4711, true)), Turn.FIRST)) {
        assertThat(Files.getAttribute(folder.resolve("a"), "unix:gid")).isEqualTo(4711);
      }
      return;
    }
    assertThatIOException()
        .isThrownBy(
            () ->
                AdminServer.open(
                    socket(folder.resolve("a"), new SocketGroup(4711, true)), Turn.FIRST))
        .withMessageContaining("group 4711 (--admin-group): not permitted; expected to be root");
    assertThat(folder).isEmptyDirectory();
  }

  private static void connect(Path path) throws IOException {
    try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
      assertThat(channel.isConnected()).isTrue();
    }
  }

  private static AdminServer open(Places places, Turn turn) {
    try {
      return AdminServer.open(places, turn);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Places status(int port) {
    return new Places(0, port, 0, Optional.empty(), OWN);
  }

  private static Places socket(Path path, SocketGroup group) {
    return new Places(0, 0, 0, Optional.of(path), group);
  }
}
