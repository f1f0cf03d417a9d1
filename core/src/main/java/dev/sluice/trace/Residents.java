// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import dev.sluice.linux.netns.NamespaceSearch;
import dev.sluice.socketlb.CgroupFolder;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * The processes that live in a network namespace, for the sake of their cgroups: programs there act
 * on their sockets, and on no others. Stateless.
 */
final class Residents {
  private static final Path PROC = Path.of("/proc");

  private Residents() {}

  /**
   * The cgroup of the oldest process there that is no proxy, for proxies are exempt from much; one
   * that this process can go to, and doesn't stand still in.
   *
   * @return empty if there is none
   * @throws IOException if the processes can't be listed
   */
  static Optional<Path> cgroup(Place place) throws IOException {
    for (long pid : pids(place)) {
      Optional<Path> cgroup = cgroup(PROC.resolve(Long.toString(pid)));
      if (cgroup.isPresent() && !ProxySource.isThere(new Holder(pid, ""))) {
        return cgroup;
      }
    }
    return Optional.empty();
  }

  /** All but this process. */
  private static SortedSet<Long> pids(Place place) throws IOException {
    SortedSet<Long> pids = new TreeSet<>();
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
      for (Path process : processes) {
        OptionalLong inode = inode(process);
        if (inode.isPresent() && inode.getAsLong() == place.inode()) {
          pids.add(Long.parseLong(process.getFileName().toString()));
        }
      }
    }
    pids.remove(ProcessHandle.current().pid());
    return pids;
  }

  private static OptionalLong inode(Path process) {
    try {
      return NamespaceSearch.inodeOfName(
          Files.readSymbolicLink(process.resolve("ns/net")).toString());
    } catch (IOException e) {
      return OptionalLong.empty(); // It has ended, or may not be looked at.
    }
  }

  /** One that was really entered: the kernel may refuse what the files don't show. */
  private static Optional<Path> cgroup(Path process) {
    try {
      Optional<Path> folder = CgroupFolder.ofProcess(process);
      if (folder.isPresent()) {
        return CgroupVisit.call(folder.get(), () -> folder);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Exception e) {
      // It has ended, or its cgroup is gone, frozen, or not for this process.
    }
    return Optional.empty();
  }
}
