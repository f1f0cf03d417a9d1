// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.socket;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UnixStreamsTest {
  @TempDir private Path folder;

  @Test
  void aSocketIsServedWhileSomebodyListens() throws Exception {
    Path path = folder.resolve("some.sock");
    assertThat(UnixStreams.isServed(path)).isFalse();
    int listener = UnixStreams.listen(path, 1);
    try {
      assertThat(UnixStreams.isServed(path)).isTrue();
    } finally {
      Sockets.close(listener);
    }
    assertThat(path).exists();
    assertThat(UnixStreams.isServed(path)).isFalse();
  }

  @Test
  void aQueueThatIsFullIsSomebodys() throws Exception {
    Path path = folder.resolve("full.sock");
    int listener = UnixStreams.listen(path, 0);
    try {
      // Nobody accepts: what has connected waits, though its socket is closed.
      for (int i = 0; i < 4; i++) {
        assertThat(UnixStreams.isServed(path)).isTrue();
      }
    } finally {
      Sockets.close(listener);
    }
  }

  @Test
  void aSocketOfAnotherTypeIsSomebodys() throws Exception {
    Path path = folder.resolve("packets.sock");
    PacketListener listener = PacketListener.open(path);
    try {
      assertThat(UnixStreams.isServed(path)).isTrue();
    } finally {
      listener.close();
    }
  }

  @Test
  void aFileThatIsNoSocketIsNobodys() throws Exception {
    assertThat(UnixStreams.isServed(Files.createFile(folder.resolve("file")))).isFalse();
  }
}
