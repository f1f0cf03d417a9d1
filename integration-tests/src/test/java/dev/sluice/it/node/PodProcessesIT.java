// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.linux.netns.NamespaceSearch;
import dev.sluice.linux.socket.AddressFamily;
import dev.sluice.socketlb.CgroupFolder;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
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
        assertThat(node.rights()).as("with SYS_PTRACE").contains("CapEff:\t0000000000283000");
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

  @Test
  void servesWhereTheFirstProcessIsAndNoNamespaceThatOthersMade() throws Exception {
    Path top = CgroupFolder.root().resolve("slt-node-nested-" + ProcessHandle.current().pid());
    Path container = top.resolve("kubepods/burstable/pod" + uid + "/0123abcd");
    Files.createDirectories(container);
    List<Process> processes = new ArrayList<>();
    try (NodeWorld world = NodeWorld.with(1)) {
      processes.add(process(world, container));
      processes.add(startedIn(container, "unshare", "--net", "sleep", "600"));
      processes.add(startedIn(container, "unshare", "--net", "sleep", "600"));
      await().until(() -> namespaces(processes) == 3);
      try (NodeProcess node = NodeProcess.start(world, "--pod", "uid:" + uid)) {
        long inode = inode(processes.getFirst());
        node.awaitLine("pod " + uid + ": served in net:[" + inode + "]");
        assertThat(node.said())
            .as("one each in three namespaces: nothing says that it isn't the pod's")
            .noneMatch(line -> line.contains("the first counts"));
        processes.add(joined(processes.getLast(), container));
        node.awaitLine("pod " + uid + ": its first process lives in net:[" + inode + "]");
      }
    } finally {
      processes.forEach(Process::destroyForcibly);
      remove(container, top);
    }
  }

  @Test
  void leavesAPodOfTheNodesNetworkAloneWhateverItsProcessesMake() throws Exception {
    Path top = CgroupFolder.root().resolve("slt-node-host-" + ProcessHandle.current().pid());
    Path container = top.resolve("kubepods/burstable/pod" + uid + "/0123abcd");
    String other = UUID.randomUUID().toString();
    Path otherPod = top.resolve("kubepods/burstable/pod" + other);
    Path second = otherPod.resolve("0123abcd");
    Files.createDirectories(container);
    Files.createDirectories(second);
    List<Process> processes = new ArrayList<>();
    try (NodeWorld world = NodeWorld.with(1)) {
      processes.add(startedIn(container, "nsenter", "--net=" + world.path(), "sleep", "600"));
      processes.add(startedIn(container, "unshare", "--net", "sleep", "600"));
      processes.add(process(world, second));
      await().until(() -> namespaces(processes) == 3);
      try (NodeProcess node =
          NodeProcess.start(world, "--pod", "uid:" + uid, "--pod", "uid:" + other)) {
        node.awaitLine("pod " + other + ": served");
        assertThat(node.said()).noneMatch(line -> line.contains(uid));
      }
    } finally {
      processes.forEach(Process::destroyForcibly);
      delete(second);
      delete(otherPod);
      remove(container, top);
    }
  }

  private static long namespaces(List<Process> processes) throws IOException {
    Set<Long> inodes = new HashSet<>();
    for (Process process : processes) {
      inodes.add(inode(process));
    }
    inodes.remove(inode(ProcessHandle.current().pid()));
    return inodes.size();
  }

  private static long inode(Process process) throws IOException {
    return inode(process.pid());
  }

  private static long inode(long pid) throws IOException {
    String name = Files.readSymbolicLink(Path.of("/proc/" + pid + "/ns/net")).toString();
    return NamespaceSearch.inodeOfName(name).orElseThrow();
  }

  /** In pod 1 and in the cgroup. */
  private static Process process(NodeWorld world, Path cgroup) throws IOException {
    return startedIn(cgroup, "nsenter", "--net=" + world.path(1), "sleep", "600");
  }

  private static Process joined(Process other, Path cgroup) throws IOException {
    return startedIn(cgroup, "nsenter", "--net=/proc/" + other.pid() + "/ns/net", "sleep", "600");
  }

  private static Process startedIn(Path cgroup, String... words) throws IOException {
    List<String> all =
        new ArrayList<>(
            List.of(
                "sh",
                "-c",
                "echo $$ >\"$0\" && exec \"$@\"",
                cgroup.resolve("cgroup.procs").toString()));
    all.addAll(List.of(words));
    return new ProcessBuilder(all).start();
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
