// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.topology;

import dev.sluice.linux.bpf.BpfFileSystem;
import dev.sluice.process.Command;
import dev.sluice.socketlb.CgroupFolder;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The part of a run that eBPF programs of sockets hang on: a cgroup for each party with one for
 * each of its containers, and a bpf file system of the run's own, so that no pin of the demo lies
 * beside those of the machine. All of it carries the run's id in its name and can be found and
 * removed by that alone. Blocks its caller.
 */
final class SocketWorld {
  private static final String PREFIX = "sluice-demo-";
  private static final Pattern CGROUP = Pattern.compile(PREFIX + "(\\d+)");
  private static final String PINS = "bpf";
  private static final Duration EMPTY_LIMIT = Duration.ofSeconds(5);

  private SocketWorld() {}

  /** The cgroup above those of the parties. */
  static Path cgroup(long pid) throws IOException {
    return CgroupFolder.root().resolve(PREFIX + pid);
  }

  static Path cgroup(long pid, Party party) throws IOException {
    return cgroup(pid).resolve(party.text());
  }

  static Path cgroup(long pid, Party party, Container container) throws IOException {
    return cgroup(pid, party).resolve(container.text());
  }

  /** Where the bpf file system of a run is mounted. */
  static Path bpfFileSystem(Path runFolder) {
    return runFolder.resolve(PINS);
  }

  static void make(long pid, Path runFolder) throws IOException {
    Files.createDirectory(cgroup(pid));
    for (Party party : Party.values()) {
      Files.createDirectory(cgroup(pid, party));
      for (Container container : Container.values()) {
        Files.createDirectory(cgroup(pid, party, container));
      }
    }
    Path pins = bpfFileSystem(runFolder);
    Files.createDirectory(pins);
    BpfFileSystem.mount(pins);
  }

  /** Removes both, with the processes in the cgroups; what isn't there is no error. */
  static void remove(long pid, Path runFolder) throws IOException {
    Optional<Path> cgroup =
        root().map(root -> root.resolve(PREFIX + pid)).filter(Files::isDirectory);
    if (cgroup.isPresent()) {
      Files.writeString(cgroup.get().resolve("cgroup.kill"), "1");
    }
    Path pins = bpfFileSystem(runFolder);
    if (Files.isDirectory(pins)) {
      // A run that was killed between the folder and the mount has nothing to unmount.
      Command.of("umount", pins.toString()).run();
      Files.delete(pins);
    }
    if (cgroup.isPresent()) {
      removeTree(cgroup.get());
    }
  }

  private static void removeTree(Path cgroup) throws IOException {
    for (Path child : folders(cgroup)) {
      removeTree(child);
    }
    removeEmptied(cgroup);
  }

  /** The runs that have a cgroup. */
  static List<Long> owners() throws IOException {
    List<Long> owners = new ArrayList<>();
    Optional<Path> root = root();
    if (root.isPresent()) {
      for (Path folder : folders(root.get())) {
        Matcher matcher = CGROUP.matcher(folder.getFileName().toString());
        if (matcher.matches()) {
          owners.add(Long.parseLong(matcher.group(1)));
        }
      }
    }
    return owners;
  }

  /** A machine without cgroup v2 runs the scenarios that need none. */
  private static Optional<Path> root() {
    try {
      return Optional.of(CgroupFolder.root());
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static List<Path> folders(Path parent) throws IOException {
    List<Path> found = new ArrayList<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(parent, Files::isDirectory)) {
      stream.forEach(found::add);
    }
    return found;
  }

  /** A killed process leaves its cgroup a moment after the signal. */
  private static void removeEmptied(Path cgroup) throws IOException {
    long deadline = System.nanoTime() + EMPTY_LIMIT.toNanos();
    while (true) {
      try {
        Files.deleteIfExists(cgroup);
        return;
      } catch (IOException e) {
        if (System.nanoTime() > deadline) {
          throw new LabException("removing the cgroup " + cgroup + ": " + e);
        }
      }
      try {
        Thread.sleep(Duration.ofMillis(5));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new LabException("removing the cgroup " + cgroup + ": interrupted");
      }
    }
  }
}
