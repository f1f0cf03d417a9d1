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
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * A folder of ours in an eBPF file system with everything that is pinned below it, whichever
 * version of Sluice put it there. Immutable.
 *
 * @param path {@code ROOT/sluice/NAME}
 */
public record PinFolder(Path path) {
  private static final String OURS = "sluice";

  /** Every one that is there, in a stable order, also half made ones. */
  public static List<PinFolder> all(Path bpfFileSystem) throws IOException {
    return list(bpfFileSystem.resolve(OURS)).stream().map(PinFolder::new).toList();
  }

  /** Those whose name this version never gives, in a stable order. */
  public static List<PinFolder> unknown(Path bpfFileSystem) throws IOException {
    return all(bpfFileSystem).stream()
        .filter(folder -> PinnedFeature.parse(folder.path()).isEmpty())
        .toList();
  }

  static PinFolder named(Path bpfFileSystem, String name) {
    return new PinFolder(bpfFileSystem.resolve(OURS).resolve(name));
  }

  Path maps() {
    return path.resolve("maps");
  }

  Path links() {
    return path.resolve("links");
  }

  boolean exists() {
    return Files.isDirectory(path);
  }

  /**
   * Everything that is pinned here: links first, which detach, then maps, and then what another
   * version of Sluice put elsewhere.
   */
  public List<Path> pins() throws IOException {
    Comparator<Path> order = Comparator.comparingInt(this::turn);
    return walk(false).stream().sorted(order.thenComparing(Comparator.naturalOrder())).toList();
  }

  private int turn(Path pin) {
    return pin.startsWith(links()) ? 0 : pin.startsWith(maps()) ? 1 : 2;
  }

  /** Makes the folders; {@code rollback} removes those that were made here. */
  void make(Rollback rollback) throws IOException {
    for (Path folder : List.of(parent(), path, maps(), links())) {
      if (!Files.isDirectory(folder)) {
        Files.createDirectory(folder);
        rollback.add(() -> Files.deleteIfExists(folder));
      }
    }
  }

  /** Removes pins and folders. Half done it can be called again. */
  public void remove() throws IOException {
    for (Path pin : pins()) {
      removePin(pin);
    }
    for (Path folder : walk(true).reversed()) {
      Files.deleteIfExists(folder);
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
    try (BpfLink link = BpfLink.openPinned(pin)) {
      link.detach();
    } catch (SyscallException e) {
      // EINVAL: it is no link. ENOLINK: detached since. ENOENT: somebody else was faster.
      if (!e.is(Errno.EINVAL) && !e.is(Errno.ENOLINK) && !e.is(Errno.ENOENT)) {
        throw e;
      }
    }
    Files.deleteIfExists(pin);
  }

  /** Folders, or what isn't one, below this place; a folder comes before what is in it. */
  private List<Path> walk(boolean folders) throws IOException {
    if (!Files.exists(path)) {
      return List.of();
    }
    try (Stream<Path> all = Files.walk(path)) {
      return all.filter(each -> Files.isDirectory(each) == folders).sorted().toList();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private Path parent() {
    return Objects.requireNonNull(path.getParent(), "a place is two levels below its root");
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
