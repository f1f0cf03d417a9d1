// SPDX-License-Identifier: Apache-2.0
package dev.sluice.socketlb;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.channels.DatagramChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SocketHoldersTest {
  @Test
  void findsThisProcessByASocketOfItsOwn() throws Exception {
    try (DatagramChannel channel = DatagramChannel.open()) {
      assertThat(channel.isOpen()).isTrue();
      List<String> sockets = new ArrayList<>();
      try (DirectoryStream<Path> own = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
        for (Path descriptor : own) {
          String target = linkOrNothing(descriptor);
          if (target.startsWith("socket:[")) {
            sockets.add(descriptor.getFileName() + " " + target);
          }
        }
      }
      assertThat(sockets).isNotEmpty();
      for (String socket : sockets) {
        long inode = Long.parseLong(socket.replaceAll(".*\\[|\\]", ""));
        Map<Long, List<SocketHolder>> found = SocketHolders.find(Set.of(inode, -1L));
        assertThat(found).containsOnlyKeys(inode);
        assertThat(found.get(inode))
            .contains(
                new SocketHolder(
                    ProcessHandle.current().pid(),
                    Integer.parseInt(socket.split(" ", 2)[0]),
                    Files.readString(Path.of("/proc/self/comm")).strip()));
      }
    }
  }

  private static String linkOrNothing(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).toString();
    } catch (IOException e) {
      return "";
    }
  }
}
