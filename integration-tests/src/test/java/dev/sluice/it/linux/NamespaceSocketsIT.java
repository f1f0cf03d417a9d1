// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.linux;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.linux.Errno;
import dev.sluice.linux.FileDescriptor;
import dev.sluice.linux.netns.NamespaceSockets;
import dev.sluice.linux.netns.NetworkNamespace;
import dev.sluice.linux.socket.AddressFamily;
import dev.sluice.linux.socket.SocketOptions;
import dev.sluice.linux.socket.SocketPlace;
import dev.sluice.linux.socket.Sockets;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Sockets opened in another namespace by a thread that stays in its own. */
class NamespaceSocketsIT {
  private final Scenery scenery;
  private final NetworkNamespace home;

  NamespaceSocketsIT() throws IOException {
    home = NetworkNamespace.current();
    scenery = Scenery.open();
  }

  @AfterEach
  void close() throws IOException {
    scenery.close();
    home.close();
  }

  @ParameterizedTest
  @EnumSource
  void opensThereAndGoesHome(AddressFamily family) throws Exception {
    SocketPlace place = new NamespaceSockets(scenery.namespace(), home);
    try (FileDescriptor inside = FileDescriptor.owning(place.openStream(family));
        FileDescriptor outside = FileDescriptor.owning(Sockets.openStream(family))) {
      assertThat(SocketOptions.netnsCookie(inside.number())).isEqualTo(cookieInside());
      assertThat(SocketOptions.netnsCookie(outside.number())).isNotEqualTo(cookieInside());
    }
    try (NetworkNamespace now = NetworkNamespace.current()) {
      assertThat(now.inode()).isEqualTo(home.inode());
    }
  }

  @ParameterizedTest
  @EnumSource
  void marksWhatItOpens(AddressFamily family) throws Exception {
    SocketPlace place = new NamespaceSockets(scenery.namespace(), home).marking(0x539);
    try (FileDescriptor marked = FileDescriptor.owning(place.openStream(family))) {
      assertThat(SocketOptions.mark(marked.number())).isEqualTo(0x539);
      assertThat(SocketOptions.netnsCookie(marked.number())).isEqualTo(cookieInside());
    }
  }

  @ParameterizedTest
  @EnumSource
  void opensNothingWhereItCannotEnter(AddressFamily family) throws Exception {
    // Its number is free, for the socket below, which is closed with it.
    try (NetworkNamespace closed = NetworkNamespace.open(Path.of("/proc/self/ns/net"))) {
      int number = closed.descriptor().number();
      Sockets.close(number);
      assertThat(new NamespaceSockets(closed, home).tryOpenStream(family))
          .isEqualTo(-Errno.EBADF.number());
      assertThat(Sockets.tryOpenStream(family)).as("takes the free number").isEqualTo(number);
    }
  }

  private long cookieInside() throws Exception {
    return scenery.call(
        () -> {
          try (FileDescriptor socket =
              FileDescriptor.owning(Sockets.openStream(AddressFamily.INET))) {
            return SocketOptions.netnsCookie(socket.number());
          }
        });
  }
}
