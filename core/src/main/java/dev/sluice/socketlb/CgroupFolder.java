// SPDX-License-Identifier: Apache-2.0
package dev.sluice.socketlb;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Folders of the cgroup v2 tree. Where that is mounted is looked up, never assumed: beside version
 * 1 it is somewhere else than alone. Thread-safe.
 */
public final class CgroupFolder {
  private static final Path OWN = Path.of("/proc/self/cgroup");
  private static final Path MOUNTS = Path.of("/proc/self/mounts");

  private CgroupFolder() {}

  /**
   * The root of the tree.
   *
   * @throws IOException if no cgroup v2 tree is mounted
   */
  public static Path root() throws IOException {
    return find(Files.readAllLines(MOUNTS))
        .orElseThrow(
            () ->
                new IOException(
                    "looking for the cgroup v2 tree in "
                        + MOUNTS
                        + ": none is mounted; expected one (mount -t cgroup2 none FOLDER)"));
  }

  static Optional<Path> find(List<String> mounts) {
    return mounts.stream()
        .map(line -> line.split(" ", -1))
        .filter(fields -> fields.length > 2 && fields[2].equals("cgroup2"))
        .map(fields -> Path.of(fields[1]))
        .findFirst();
  }

  /** The folder of the cgroup with that id; empty if it is gone. Walks the whole tree. */
  static Optional<Path> find(long id) throws IOException {
    try (Stream<Path> folders = Files.walk(root())) {
      return folders.filter(folder -> isFolderOf(folder, id)).findFirst();
    } catch (UncheckedIOException e) {
      // A cgroup that went away while we were there.
      throw e.getCause();
    }
  }

  private static boolean isFolderOf(Path path, long id) {
    try {
      return Files.isDirectory(path) && (Long) Files.getAttribute(path, "unix:ino") == id;
    } catch (IOException e) {
      return false; // gone meanwhile
    }
  }

  /**
   * That of this process.
   *
   * @throws IOException if it is in none, or no cgroup v2 tree is mounted
   */
  public static Path own() throws IOException {
    for (String line : Files.readAllLines(OWN)) {
      if (line.startsWith("0::/")) {
        return root().resolve(line.substring("0::/".length())).normalize();
      }
    }
    throw new IOException(
        "looking for this process in the cgroup v2 tree: " + OWN + " has no line with 0::");
  }

  /** Whether this process is in the cgroup with that id, or in one below. */
  static boolean holdsThisProcess(long id) throws IOException {
    Path root = root();
    for (Path at = own(); at != null && at.startsWith(root); at = at.getParent()) {
      if (isFolderOf(at, id)) {
        return true;
      }
    }
    return false;
  }

  /**
   * Whether a process that enters the cgroup stands still: it is frozen, or one above it is.
   *
   * @throws IOException if the cgroup can't be read
   */
  public static boolean isFrozen(Path folder) throws IOException {
    for (Path at = folder.toRealPath(); at != null; at = at.getParent()) {
      Path freeze = at.resolve("cgroup.freeze"); // The root of the tree has none.
      if (!Files.exists(freeze)) {
        return false;
      }
      if (Files.readString(freeze).strip().equals("1")) {
        return true;
      }
    }
    return false;
  }

  /**
   * The id of the cgroup, which is the inode number of its folder.
   *
   * @throws IOException if the path is no folder of a cgroup v2 tree
   */
  public static long id(Path folder) throws IOException {
    try {
      if (!Files.getFileStore(folder).type().equals("cgroup2")) {
        throw new IOException(
            "opening cgroup "
                + folder
                + ": it is on a file system of type "
                + Files.getFileStore(folder).type()
                + "; expected a folder below "
                + root());
      }
      return (Long) Files.getAttribute(folder, "unix:ino");
    } catch (NoSuchFileException e) {
      throw new IOException(
          "opening cgroup " + folder + ": there is no such folder; expected one below " + root(),
          e);
    }
  }
}
