// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench;

import dev.sluice.linux.bpf.BpfFileSystem;
import dev.sluice.process.Command;
import dev.sluice.socketlb.CgroupFolder;
import dev.sluice.socketlb.InstalledFeature;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * A tree of cgroups and a bpf file system for the pins of what is attached to them, both with this
 * process's id in their names. Needs root. Whoever makes them closes them; what a killed benchmark
 * left is removed by the next one.
 */
final class BenchCgroups implements AutoCloseable {
  private static final String PREFIX = "sluice-bench-";
  private static final Path PINS = Path.of("/run");

  private final Path home;
  private final Path tree;
  private final Path pins;

  private BenchCgroups(Path home, Path tree, Path pins) {
    this.home = home;
    this.tree = tree;
    this.pins = pins;
  }

  static BenchCgroups create() throws IOException {
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
  Path pins() {
    return pins;
  }

  /** Makes one; a slash in its name puts it below another. */
  Path make(String name) throws IOException {
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
          Files.delete(folder);
        }
      }
    }
  }
}
