// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where the sockets lie through which a running proxy is told things: below {@code /run/sluice}, in
 * a folder that is named by the inode of the proxy's network namespace, so that whoever is in the
 * same one finds it. Who may not write there has a folder of its own, which nobody else may enter.
 */
final class ControlFolder {
  private static final Path SHARED = Path.of("/run/sluice");
  private static final Path TEMPORARY = Path.of("/tmp");
  private static final FileAttribute<Set<PosixFilePermission>> OWN =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

  private ControlFolder() {}

  /**
   * The admin socket beside which the others lie.
   *
   * @param chosen by an option, or null for the usual place, whose folder is made if it isn't there
   * @throws IOException if the folder can't be had, or somebody else may write to it
   */
  static Path adminSocket(@Nullable Path chosen, long user) throws IOException {
    return chosen == null ? usual(user).resolve("admin.sock") : chosen;
  }

  /** Removes the folder of {@code socket} and Sluice's own around it, if nothing is in them. */
  static void removeIfEmpty(Path socket) {
    Path folder = socket.getParent();
    try {
      if (folder != null) {
        Files.deleteIfExists(folder);
        Path around = folder.getParent();
        if (around != null && around.getFileName().toString().startsWith("sluice")) {
          Files.deleteIfExists(around);
        }
      }
    } catch (IOException e) {
      // Somebody else is in it, or it is not ours to remove.
    }
  }

  private static Path usual(long user) throws IOException {
    String name = Files.getAttribute(Path.of("/proc/self/ns/net"), "unix:ino").toString();
    if (user == 0) {
      return Files.createDirectories(SHARED.resolve(name));
    }
    // Made beforehand for this user, as packages and init containers do.
    if (Files.isWritable(SHARED.resolve(name))) {
      return SHARED.resolve(name);
    }
    if (Files.isWritable(SHARED)) {
      return ownFolder(SHARED.resolve(name), user);
    }
    String base = System.getenv("XDG_RUNTIME_DIR");
    Path folder = (base == null ? TEMPORARY : Path.of(base)).resolve("sluice-" + user);
    return ownFolder(ownFolder(folder, user).resolve(name), user);
  }

  /** In a place where others may make folders too: it must be ours, no link, and closed to them. */
  private static Path ownFolder(Path folder, long user) throws IOException {
    Map<String, Object> found;
    try {
      found = Files.readAttributes(folder, "unix:uid,mode", LinkOption.NOFOLLOW_LINKS);
    } catch (NoSuchFileException e) {
      return Files.createDirectory(folder, OWN);
    }
    long owner = Integer.toUnsignedLong((Integer) Objects.requireNonNull(found.get("uid")));
    int mode = (Integer) Objects.requireNonNull(found.get("mode"));
    if (owner != user || (mode & 0170077) != 0040000) {
      throw new IOException(
          "using the folder %s: it is of user %d with mode %o; expected a folder of user %d that"
                  .formatted(folder, owner, mode, user)
              + " nobody else may enter");
    }
    return folder;
  }
}
