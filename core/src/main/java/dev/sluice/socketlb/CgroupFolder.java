// SPDX-License-Identifier: Apache-2.0
package dev.sluice.socketlb;

import dev.sluice.linux.MountEntry;
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
 * 1 it is somewhere else than alone, and containers see several of them. Thread-safe.
 */
public final class CgroupFolder {
  private static final Path OWN = Path.of("/proc/self");
  private static final String UNIFIED = "0::";

  /** In every folder of such a tree, and of no other. */
  private static final String MARK = "cgroup.controllers";

  private CgroupFolder() {}

  /**
   * The root of the tree, or of what is seen of it: of several places the one that shows most
   * around the cgroup of this process.
   *
   * @throws IOException if no cgroup v2 tree is mounted
   */
  public static Path root() throws IOException {
    Path own = Path.of(path(OWN).orElse("/"));
    return CgroupMount.widest(mounts(), own, CgroupFolder::isTree)
        .map(CgroupMount::point)
        .orElseThrow(
            () ->
                new IOException(
                    "looking for the cgroup v2 tree in /proc/self/mountinfo: none is mounted;"
                        + " expected one (mount -t cgroup2 none FOLDER)"));
  }

  /**
   * The highest folder that is seen of the tree which {@code folder} lies in.
   *
   * @throws IOException if it lies in none
   */
  public static Path top(Path folder) throws IOException {
    return CgroupMount.around(mounts(), folder.toRealPath())
        .map(CgroupMount::point)
        .orElseThrow(
            () ->
                new IOException(
                    "looking around cgroup " + folder + ": it is in no cgroup v2 tree"));
  }

  private static List<CgroupMount> mounts() throws IOException {
    return CgroupMount.among(MountEntry.own());
  }

  private static boolean isTree(Path folder) {
    return Files.exists(folder.resolve(MARK));
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
   * @throws IOException if it is in none, or none that is mounted shows it
   */
  public static Path own() throws IOException {
    return ofProcess(OWN)
        .orElseThrow(
            () ->
                new IOException(
                    "looking for this process in the cgroup v2 tree: "
                        + OWN
                        + "/cgroup has no line with "
                        + UNIFIED));
  }

  /**
   * That of a process, which may be gone by now; empty if it is in none.
   *
   * @param process its folder below {@code /proc}
   * @throws IOException if no tree that is mounted shows it
   */
  public static Optional<Path> ofProcess(Path process) throws IOException {
    Optional<String> path = path(process);
    if (path.isEmpty()) {
      return Optional.empty();
    }
    Optional<Path> folder = CgroupMount.folder(mounts(), Path.of(path.get()), CgroupFolder::isTree);
    if (folder.isEmpty()) {
      throw new IOException(
          "looking for the cgroup "
              + path.get()
              + " of "
              + process
              + ": no cgroup v2 tree that is mounted shows it; expected one (mount -t cgroup2 none"
              + " FOLDER)");
    }
    return folder;
  }

  private static Optional<String> path(Path process) throws IOException {
    return Files.readAllLines(process.resolve("cgroup")).stream()
        .filter(line -> line.startsWith(UNIFIED))
        .map(line -> line.substring(UNIFIED.length()))
        .findFirst();
  }

  /** Whether this process is in the cgroup with that id, or in one below. */
  static boolean holdsThisProcess(long id) throws IOException {
    Path own = own();
    Path top = top(own);
    for (Path at = own; at != null && at.startsWith(top); at = at.getParent()) {
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
