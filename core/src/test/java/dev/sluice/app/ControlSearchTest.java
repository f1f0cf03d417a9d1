// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import dev.sluice.linux.ProcessImage;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whoever may put something where the sockets lie could be taken for the proxy. */
final class ControlSearchTest {
  private static final String NAME = "4026531840";
  private static final long STRANGER = 1338;

  private static final FileAttribute<Set<PosixFilePermission>> OWN =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

  private final long user = ProcessImage.user();
  @TempDir private Path folder;
  private Path shared;
  private Path base;

  @BeforeEach
  void make() throws IOException {
    shared = Files.createDirectory(folder.resolve("shared"));
    base = Files.createDirectory(folder.resolve("base"));
  }

  @Test
  void passesOverWhatAKilledProxyLeftAndMakesNothing() throws IOException {
    Path killed = inShared();
    Path own = ofUser(user);
    try (ServerSocketChannel _ = listen(own)) {
      listen(killed).close();
      ControlSearch.Found found = find();
      assertThat(found.served()).containsExactly(own);
      assertThat(found.refused()).isEmpty();
      assertThat(found.places()).containsExactly(killed, own);
    }
    assertThat(find().served()).isEmpty();
    Files.delete(own);
    Files.delete(own.getParent());
    assertThat(find().served()).isEmpty();
    try (Stream<Path> left = Files.list(base.resolve("sluice-" + user))) {
      assertThat(left).isEmpty();
    }
  }

  @Test
  void takesTheSharedOneFirst() throws IOException {
    Path first = inShared();
    try (ServerSocketChannel _ = listen(first);
        ServerSocketChannel _ = listen(ofUser(user))) {
      assertThat(find().served()).containsExactly(first);
    }
  }

  @Test
  void onlyTellsOfOtherUsersAndOnlyIfNothingElseIsThere() throws IOException {
    if (user != 0) {
      // Giving files to another user takes root; without it nobody else's are there.
      assertThat(find().others()).isEmpty();
      return;
    }
    Path decoy = ofUser(STRANGER);
    Path own = inShared();
    try (ServerSocketChannel listening = listen(decoy);
        ServerSocketChannel _ = listen(own)) {
      listening.configureBlocking(false);
      assertThat(find().served()).containsExactly(own);
      assertThat(find().others()).isEmpty();
      Files.delete(own);
      assertThat(find().served()).isEmpty();
      assertThat(find().others()).containsExactly(decoy);
      assertThat(listening.accept()).as("somebody who connected").isNull();
    }
  }

  @Test
  void takesTheProxysUserAtItsWordIfRootAsks() throws IOException {
    if (user != 0) {
      // Giving files to another user takes root; without it nobody else's are there.
      assertThat(find().others()).isEmpty();
      return;
    }
    Path proxy = ofUser(1337);
    try (ServerSocketChannel _ = listen(proxy)) {
      assertThat(find().served()).containsExactly(proxy);
    }
  }

  @Test
  void followsNoLinks() throws IOException {
    Path target = Files.createDirectory(folder.resolve("elsewhere"), OWN);
    Files.createSymbolicLink(inShared(), target.resolve("admin.sock"));
    Path own = ofUser(user);
    Files.delete(own.getParent());
    Files.createSymbolicLink(own.getParent(), target);
    try (ServerSocketChannel _ = listen(target.resolve("admin.sock"))) {
      ControlSearch.Found found = find();
      assertThat(found.served()).isEmpty();
      assertThat(found.refused())
          .singleElement()
          .asString()
          .startsWith("using the folder " + own.getParent() + ": it is of user " + user)
          .contains("with mode 120777;");
    }
  }

  @Test
  void looksIntoNoFolderThatIsAnothersThanItsNameSays() throws IOException {
    Path claimed = Files.createDirectory(base.resolve("sluice-" + (user + 1)), OWN);
    Path bait = Files.createDirectory(claimed.resolve(NAME), OWN).resolve("admin.sock");
    Path open = Files.createDirectory(base.resolve("sluice-" + user));
    Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));
    Files.createDirectory(base.resolve("sluice-notes"));
    try (ServerSocketChannel _ = listen(bait)) {
      ControlSearch.Found found = find();
      assertThat(found.served()).isEmpty();
      assertThat(found.others()).isEmpty();
      assertThat(found.refused())
          .containsExactly(
              "using the folder %s: it is of user %d with mode 40777; expected a folder of user %d that nobody else may enter"
                  .formatted(open, user, user));
    }
  }

  @Test
  @Timeout(20)
  void doesNotWaitWhereTheQueueIsFull() throws IOException {
    Path full = inShared();
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        SocketChannel first = SocketChannel.open(StandardProtocolFamily.UNIX);
        SocketChannel second = SocketChannel.open(StandardProtocolFamily.UNIX);
        SocketChannel third = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(full), 1);
      for (SocketChannel each : List.of(first, second)) {
        each.connect(UnixDomainSocketAddress.of(full));
      }
      third.configureBlocking(false);
      assertThatIOException()
          .as("no room in the queue")
          .isThrownBy(() -> third.connect(UnixDomainSocketAddress.of(full)));
      assertThat(find().served()).containsExactly(full);
    }
  }

  private ControlSearch.Found find() throws IOException {
    return ControlSearch.find(shared, List.of(base), NAME, user);
  }

  private Path inShared() throws IOException {
    return Files.createDirectory(shared.resolve(NAME)).resolve("admin.sock");
  }

  private Path ofUser(long owner) throws IOException {
    Path around = Files.createDirectory(base.resolve("sluice-" + owner), OWN);
    Path inner = Files.createDirectory(around.resolve(NAME), OWN);
    if (owner != user) {
      Files.setAttribute(around, "unix:uid", (int) owner);
      Files.setAttribute(inner, "unix:uid", (int) owner);
    }
    return inner.resolve("admin.sock");
  }

  private static ServerSocketChannel listen(Path path) throws IOException {
    return ServerSocketChannel.open(StandardProtocolFamily.UNIX)
        .bind(UnixDomainSocketAddress.of(path));
  }
}
