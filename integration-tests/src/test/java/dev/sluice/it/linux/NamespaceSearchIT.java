// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.linux;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.linux.FileDescriptor;
import dev.sluice.linux.netns.NamespaceSearch;
import dev.sluice.linux.netns.NamespaceThread;
import dev.sluice.linux.netns.NetworkNamespace;
import dev.sluice.linux.socket.AddressFamily;
import dev.sluice.linux.socket.Sockets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Ways into namespaces that have a name, a process, or neither. */
class NamespaceSearchIT {
  @Test
  void findsANamespaceThatOnlyItsNameKeeps() throws Exception {
    try (Scenery scenery = Scenery.open()) {
      long inode = scenery.namespace().inode();
      assertThat(found(inode)).contains("/run/netns/slt-native-");
    }
  }

  @Test
  void findsANamespaceThatOnlyAProcessKeeps() throws Exception {
    Process process = new ProcessBuilder("unshare", "--net", "sleep", "60").start();
    try {
      Path link = Path.of("/proc", Long.toString(process.pid()), "ns/net");
      String own = Files.readSymbolicLink(Path.of("/proc/self/ns/net")).toString();
      while (Files.readSymbolicLink(link).toString().equals(own)) {
        Thread.onSpinWait();
      }
      long inode = Long.parseLong(Files.readSymbolicLink(link).toString().replaceAll("\\D", ""));
      assertThat(found(inode)).isEqualTo(link + " (net:[" + inode + "])");
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  @Test
  void entersANamespaceByASocketOfAnotherProcess() throws Exception {
    try (Scenery scenery = Scenery.open();
        FileDescriptor socket =
            scenery.call(() -> FileDescriptor.owning(Sockets.openDatagram(AddressFamily.INET)));
        NetworkNamespace namespace =
            NetworkNamespace.ofSocket((int) ProcessHandle.current().pid(), socket.number())) {
      assertThat(namespace.inode()).isEqualTo(scenery.namespace().inode());
      long inside =
          NamespaceThread.call(
              namespace,
              () -> {
                try (NetworkNamespace current = NetworkNamespace.current()) {
                  return current.inode();
                }
              });
      assertThat(inside).isEqualTo(scenery.namespace().inode());
    }
  }

  private static String found(long inode) throws Exception {
    Map<Long, NetworkNamespace> found = NamespaceSearch.open(Set.of(inode));
    assertThat(found).containsOnlyKeys(inode);
    String name = found.values().toString();
    for (NetworkNamespace namespace : found.values()) {
      namespace.close();
    }
    return name.substring(1, name.length() - 1);
  }
}
