// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.netns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.linux.Errno;
import dev.sluice.linux.SyscallException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NetworkNamespaceTest {
  @Test
  void knowsTheNamespaceOfThisThread() throws Exception {
    String link = Files.readSymbolicLink(Path.of("/proc/thread-self/ns/net")).toString();
    try (NetworkNamespace current = NetworkNamespace.current()) {
      assertThat("net:[" + current.inode() + "]").isEqualTo(link);
      assertThat(current).hasToString("/proc/thread-self/ns/net (" + link + ")");
    }
  }

  @Test
  void saysWhichNameIsMissing() {
    assertThatThrownBy(() -> NetworkNamespace.open(Path.of("/run/netns/no-such")))
        .hasMessage("open of network namespace /run/netns/no-such: ENOENT (2)");
  }

  @Test
  void refusesTheEmptyFileThatARemovedMountLeaves(@TempDir Path folder) throws Exception {
    Path file = Files.createFile(folder.resolve("pod"));
    assertThatThrownBy(() -> NetworkNamespace.open(file))
        .hasMessageContaining(file.toString())
        .hasMessageContaining("ENOTTY (25): expected a network namespace");
  }

  @Test
  void refusesANamespaceOfAnotherKind() {
    assertThatThrownBy(() -> NetworkNamespace.open(Path.of("/proc/self/ns/uts")))
        .isInstanceOfSatisfying(
            SyscallException.class, e -> assertThat(e.is(Errno.EINVAL)).isTrue())
        .hasMessageContaining("/proc/self/ns/uts");
  }
}
