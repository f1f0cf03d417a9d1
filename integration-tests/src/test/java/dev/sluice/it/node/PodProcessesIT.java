// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.linux.socket.AddressFamily;
import dev.sluice.socketlb.CgroupFolder;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Pods found by the uid in the cgroup of their processes. */
class PodProcessesIT {
  private final String uid = UUID.randomUUID().toString();

  @Test
  void servesAPodAsLongAsOneOfItsProcessesLives() throws Exception {
    Path top = CgroupFolder.root().resolve("slt-node-" + ProcessHandle.current().pid());
    Path container = top.resolve("kubepods/burstable/pod" + uid + "/0123abcd");
    Files.createDirectories(container);
    try (NodeWorld world = NodeWorld.with(2)) {
      Process first = process(world, container);
      Process second = process(world, container);
      try (NodeProcess node = NodeProcess.start(world, "--pod", "uid:" + uid);
          EchoServer server = EchoServer.inNode(world, AddressFamily.INET)) {
        node.awaitLine("pod " + uid + ": served");
        first.destroyForcibly().onExit().join();
        try (Talk talk =
            Talk.connect(
                world,
                1,
                AddressFamily.INET,
                world.gateway(1, AddressFamily.INET, server.port()))) {
          assertThat(talk.echoes()).isTrue();
          second.destroyForcibly().onExit().join();
          node.awaitLine("pod " + uid + ": released, its network namespace is gone");
          assertThat(talk.echoes()).isFalse();
        }
        await().until(() -> node.records("outbound").size() == 1);
        assertThat(world.inPod(1, "nft", "list", "ruleset"))
            .as("its rules are taken away")
            .doesNotContain("redirect");
      } finally {
        first.destroyForcibly();
        second.destroyForcibly();
      }
    } finally {
      remove(container, top);
    }
  }

  /** In pod 1 and in the cgroup. */
  private static Process process(NodeWorld world, Path cgroup) throws IOException {
    return new ProcessBuilder(
            "sh",
            "-c",
            "echo $$ >\"$1\" && exec nsenter --net=\"$2\" sleep 600",
            "pod",
            cgroup.resolve("cgroup.procs").toString(),
            world.path(1).toString())
        .start();
  }

  /** Empty of processes a moment after the last one has ended. */
  private static void remove(Path container, Path top) {
    for (Path folder : List.of(container, container.resolve(".."), container.resolve("../.."))) {
      delete(folder.normalize());
    }
    delete(top.resolve("kubepods"));
    delete(top);
  }

  private static void delete(Path folder) {
    await().ignoreException(FileSystemException.class).until(() -> Files.deleteIfExists(folder));
  }
}
