// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench;

import dev.sluice.linux.bpf.BpfFileSystem;
import dev.sluice.process.Command;
import dev.sluice.socketlb.CgroupFolder;
import dev.sluice.socketlb.InstalledFeature;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * A tree of cgroups and a bpf file system for the pins of what is attached to them, both with this
 * process's id in their names. Needs root. Whoever makes them closes them; what a killed benchmark
 * left is removed by the next one.
 */
public final class BenchCgroups implements AutoCloseable {
  private static final String PREFIX = "sluice-bench-";
  private static final Path PINS = Path.of("/run");
  private static final Duration EMPTY_LIMIT = Duration.ofSeconds(5);

  private final Path home;
  private final Path tree;
  private final Path pins;

  private BenchCgroups(Path home, Path tree, Path pins) {
    this.home = home;
    this.tree = tree;
    this.pins = pins;
  }

  /** Makes both, empty. */
  public static BenchCgroups create() throws IOException {
    removeThoseOfTheDead();
    String name = PREFIX + ProcessHandle.current().pid();
    Path root = CgroupFolder.root();
    BenchCgroups made = new BenchCgroups(own(root), root.resolve(name), PINS.resolve(name));
    try {
      Files.createDirectory(made.tree);
      Files.createDirectory(made.pins);
      BpfFileSystem.mount(made.pins);
      return made;
    } catch (IOException e) {
      remove(made.tree, made.pins);
      throw e;
    }
  }

  /** Where everything is pinned. */
  public Path pins() {
    return pins;
  }

  /** Makes one; a slash in its name puts it below another. */
  public Path make(String name) throws IOException {
    return Files.createDirectory(tree.resolve(name));
  }

  /** Moves this process: a socket belongs to the cgroup of whoever makes it, as long as it is. */
  static void enter(Path cgroup) throws IOException {
    Files.writeString(cgroup.resolve("cgroup.procs"), Long.toString(ProcessHandle.current().pid()));
  }

  @Override
  public void close() throws IOException {
    enter(home);
    remove(tree, pins);
  }

  private static Path own(Path root) throws IOException {
    return Files.readAllLines(Path.of("/proc/self/cgroup")).stream()
        .filter(line -> line.startsWith("0::/"))
        .map(line -> root.resolve(line.substring("0::/".length())))
        .findFirst()
        .orElse(root);
  }

  private static void removeThoseOfTheDead() throws IOException {
    Path root = CgroupFolder.root();
    for (Path parent : List.of(root, PINS)) {
      try (Stream<Path> found = Files.list(parent)) {
        for (String name :
            found
                .map(path -> path.getFileName().toString())
                .filter(name -> name.matches(PREFIX + "[0-9]{1,9}"))
                .toList()) {
          long pid = Long.parseLong(name.substring(PREFIX.length()));
          if (ProcessHandle.of(pid).isEmpty()) {
            remove(root.resolve(name), PINS.resolve(name));
          }
        }
      }
    }
  }

  private static void remove(Path tree, Path pins) throws IOException {
    if (Files.isDirectory(tree)) {
      // Of a run that was killed: its servers and proxies.
      Files.writeString(tree.resolve("cgroup.kill"), "1");
    }
    if (Files.isDirectory(pins)) {
      for (InstalledFeature feature : InstalledFeature.all(pins)) {
        feature.remove();
      }
      // One that was killed between the folder and the mount has nothing to unmount.
      Command.of("umount", pins.toString()).run();
      Files.delete(pins);
    }
    if (Files.isDirectory(tree)) {
      try (Stream<Path> below = Files.walk(tree)) {
        List<Path> folders = below.filter(Files::isDirectory).toList().reversed();
        for (Path folder : folders) {
          deleteEmptied(folder);
        }
      }
    }
  }

  /** A process that was killed leaves its cgroup a moment later. */
  private static void deleteEmptied(Path folder) throws IOException {
    long deadline = System.nanoTime() + EMPTY_LIMIT.toNanos();
    while (true) {
      try {
        Files.delete(folder);
        return;
      } catch (FileSystemException e) {
        if (System.nanoTime() > deadline) {
          throw e;
        }
      }
      LockSupport.parkNanos(1_000_000);
    }
  }
}
