// SPDX-License-Identifier: Apache-2.0
package dev.sluice.socketlb;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Where the pins of one feature on one cgroup are: {@code
 * ROOT/sluice/FEATURE-CGROUPID/{maps,links}}. The kernel is the only record of what is attached;
 * there is no state file that could disagree with it. Immutable.
 *
 * @param feature what
 * @param cgroupId the inode number of the cgroup's folder, unique while the cgroup lives
 * @param folder below a mounted bpf file system
 */
record PinnedFeature(Feature feature, long cgroupId, Path folder) {
  private static final String OURS = "sluice";

  /** The place for {@code feature} on the cgroup below the bpf file system at {@code root}. */
  static PinnedFeature at(Path root, Feature feature, long cgroupId) {
    return new PinnedFeature(
        feature, cgroupId, root.resolve(OURS).resolve(feature.word() + "-" + cgroupId));
  }

  /**
   * Every place that is there, in a stable order, also half made ones.
   *
   * @throws IOException if a folder of ours has a name that we never give
   */
  static List<PinnedFeature> all(Path root) throws IOException {
    List<PinnedFeature> found = new ArrayList<>();
    for (Path folder : list(root.resolve(OURS))) {
      found.add(parse(folder));
    }
    return found;
  }

  private static PinnedFeature parse(Path folder) throws IOException {
    String name = folder.getFileName().toString();
    int dash = name.lastIndexOf('-');
    if (dash > 0) {
      Feature feature = Feature.ofWord(name.substring(0, dash)).orElse(null);
      if (feature != null && name.substring(dash + 1).matches("\\d{1,19}")) {
        return new PinnedFeature(feature, Long.parseLong(name.substring(dash + 1)), folder);
      }
    }
    throw new IOException(
        "reading the pins in " + folder + ": expected a folder named FEATURE-CGROUPID");
  }

  Path maps() {
    return folder.resolve("maps");
  }

  Path links() {
    return folder.resolve("links");
  }

  Path link(String program) {
    return links().resolve(program);
  }

  boolean exists() {
    return Files.isDirectory(folder);
  }

  /** Everything that is pinned here: links first, which detach, then maps. */
  List<Path> pins() throws IOException {
    List<Path> pins = new ArrayList<>(list(links()));
    pins.addAll(list(maps()));
    return pins;
  }

  /** Makes the folders; {@code rollback} removes those that were made here. */
  void makeFolders(Rollback rollback) throws IOException {
    for (Path path : List.of(parent(), folder, maps(), links())) {
      if (!Files.isDirectory(path)) {
        Files.createDirectory(path);
        rollback.add(() -> Files.deleteIfExists(path));
      }
    }
  }

  /** Removes pins and folders. Half done it can be called again. */
  void remove() throws IOException {
    for (Path pin : pins()) {
      Files.deleteIfExists(pin);
    }
    for (Path path : List.of(links(), maps(), folder)) {
      Files.deleteIfExists(path);
    }
    if (list(parent()).isEmpty()) {
      Files.deleteIfExists(parent());
    }
  }

  private Path parent() {
    return Objects.requireNonNull(folder.getParent(), "a place is two levels below its root");
  }

  private static List<Path> list(Path folder) throws IOException {
    List<Path> found = new ArrayList<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder)) {
      stream.forEach(found::add);
    } catch (NoSuchFileException e) {
      return List.of();
    }
    found.sort(null);
    return found;
  }
}
