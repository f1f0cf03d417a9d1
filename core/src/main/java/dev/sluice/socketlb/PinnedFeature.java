// SPDX-License-Identifier: Apache-2.0
package dev.sluice.socketlb;

import dev.sluice.linux.Errno;
import dev.sluice.linux.SyscallException;
import dev.sluice.linux.bpf.BpfLink;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

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

  /**
   * Everything that is pinned here: links first, which detach, then maps, and then what another
   * version of Sluice put elsewhere.
   */
  List<Path> pins() throws IOException {
    Set<Path> pins = new LinkedHashSet<>(list(links()));
    pins.addAll(list(maps()));
    pins.addAll(walk(false));
    return List.copyOf(pins);
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
      removePin(pin);
    }
    for (Path path : walk(true).reversed()) {
      Files.deleteIfExists(path);
    }
    if (list(parent()).isEmpty()) {
      Files.deleteIfExists(parent());
    }
  }

  /**
   * Removes one pin. A link is detached first: when its last pin goes, the kernel detaches it from
   * a work queue, some time after the call.
   */
  void removePin(Path pin) throws IOException {
    if (pin.startsWith(links()) && Files.exists(pin)) {
      try (BpfLink link = BpfLink.openPinned(pin)) {
        link.detach();
      } catch (SyscallException e) {
        // EINVAL: another version's pin that isn't a link. ENOLINK: detached since.
        if (!e.is(Errno.EINVAL) && !e.is(Errno.ENOLINK)) {
          throw e;
        }
      }
    }
    Files.deleteIfExists(pin);
  }

  /** Folders, or what isn't one, below this place; a folder comes before what is in it. */
  private List<Path> walk(boolean folders) throws IOException {
    if (!exists()) {
      return List.of();
    }
    try (Stream<Path> all = Files.walk(folder)) {
      return all.filter(path -> Files.isDirectory(path) == folders).sorted().toList();
    } catch (UncheckedIOException e) {
      throw e.getCause();
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
