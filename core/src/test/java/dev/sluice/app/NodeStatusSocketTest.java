// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class NodeStatusSocketTest {
  @TempDir private Path folder;

  @Test
  void answersTheNextQuestionAfterOneThatItCouldNotAnswer() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    List<String> said = new CopyOnWriteArrayList<>();
    Path path = folder.resolve("node.sock");
    try (NodeStatusSocket _ =
        NodeStatusSocket.open(
            path,
            () -> {
              if (asked.getAndIncrement() == 0) {
                throw new IllegalStateException("no pods");
              }
              return "{}";
            },
            said::add)) {
      assertThat(NodeStatusSocket.ask(path)).isEmpty();
      assertThat(NodeStatusSocket.ask(path)).isEqualTo("{}");
    }
    assertThat(said).containsExactly("status: java.lang.IllegalStateException: no pods");
  }
}
